using System.Text;
using System.Text.RegularExpressions;
using Bot.Cli.Alerting;
using Integrations;
using Tests.Support;

namespace Tests.Intake;

/// <summary><c>docs/alerts.md</c> tells of every kind of source, and what it shows is what that kind reads.</summary>
public sealed partial class AlertPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "alerts.md"));

    public static TheoryData<string> Kinds => [.. AlertsCommands.Kinds().Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_has_its_part_and_reads_the_examples_in_it(string kind)
    {
        var examples = Json().Matches(PartOf(kind)).Select(found => found.Groups["body"].Value).ToList();

        examples.ShouldNotBeEmpty();
        foreach (var example in examples)
            AlertsCommands.Kinds()[kind].Parse(Encoding.UTF8.GetBytes(example)).ShouldBeOfType<ParseResult.Parsed>(example);
    }

    private static string PartOf(string kind)
    {
        var start = Page.IndexOf($"\n## `{kind}`\n", StringComparison.Ordinal);
        start.ShouldBeGreaterThan(0, $"docs/alerts.md has no part ## `{kind}`");
        var end = Page.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return end < 0 ? Page[start..] : Page[start..end];
    }

    [GeneratedRegex("```json\n(?<body>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Json();
}
