using System.Text;
using Runbooks.Actions;

namespace Runbooks.Reference;

/// <summary>Reference pages as Markdown, one per action and a list of all.</summary>
public static class ActionMarkdown
{
    public const string Index = "README.md";

    /// <summary><c>redis/sentinel-failover@1</c> is described in <c>redis-sentinel-failover.md</c>, a second major version in <c>…-2.md</c>.</summary>
    public static string FileOf(string name)
    {
        var at = name.LastIndexOf('@');
        var plain = (at < 0 ? name : name[..at]).Replace('/', '-');
        return at < 0 || name[at..] is "@1" ? $"{plain}.md" : $"{plain}-{name[(at + 1)..]}.md";
    }

    public static string Of(ActionPage page)
    {
        var text = new StringBuilder();
        text.Append("# `").Append(page.Name).Append("`\n\n").Append(page.Summary).Append("\n\n");
        text.Append("## ").Append(page.Takes).Append("\n\n");
        if (page.With.Count == 0)
            text.Append("Nothing.\n");
        else
            Table(text, ["key", "takes", "default", ""], page.With.Select(Argument));
        if (page.Finds.Count > 0)
        {
            text.Append("\n## What it finds\n\n");
            Table(text, ["variable", ""], page.Finds.Select(one => (string[])[$"`{one.Key}`", one.Description]));
        }

        text.Append("\n## `result`\n\n");
        if (page.Result.Count == 0)
            text.Append(page.Brings ?? "Nothing.").Append('\n');
        else
            Table(text, ["key", "holds", ""], page.Result.Select(field => (string[])[$"`{field.Key}`", field.Kind, field.Description]));
        text.Append("\n## When it fails\n\n");
        Table(text, ["class", "when"], page.Failures.Select(failure => (string[])[$"`{failure.Class}`", failure.When]));
        text.Append(page.Examples.Count == 1 ? "\n## Example\n" : "\n## Examples\n");
        foreach (var example in page.Examples)
        {
            text.Append("\n```yaml\n").Append(example.Step).Append("\n```\n\n");
            text.Append("Effect: `").Append(example.Effect).Append("`. The plan says: `").Append(example.Plan).Append("`\n");
        }

        return text.ToString();
    }

    public static string IndexOf(IEnumerable<ActionPage> pages)
    {
        var text = new StringBuilder("# Actions\n\nWhat a step can use. Made by `incident runbook actions --out docs/actions`.\n\n");
        Table(
            text,
            ["action", "effect", ""],
            pages.Select(page =>
                (string[])
                    [
                        $"[`{page.Name}`]({FileOf(page.Name)})",
                        string.Join(", ", page.Examples.Select(example => $"`{example.Effect}`").Distinct()),
                        page.Summary,
                    ]
            )
        );
        return text.ToString();
    }

    private static string[] Argument(PageField field) =>
        [
            $"`{field.Key}`",
            field.Kind,
            field.Required ? "required"
            : field.Default is null ? ""
            : $"`{field.Default}`",
            field.Untainted switch
            {
                null => field.Description,
                UntaintedPart.Origin => field.Description + " Its host may not come from an alert or from chat.",
                _ => field.Description + " May not come from an alert or from chat.",
            },
        ];

    private static void Table(StringBuilder text, string[] heads, IEnumerable<string[]> rows)
    {
        Row(text, heads);
        Row(text, [.. heads.Select(_ => "---")]);
        foreach (var row in rows)
            Row(text, row);
    }

    private static void Row(StringBuilder text, string[] cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|").Trim())).Append(" |\n");
}
