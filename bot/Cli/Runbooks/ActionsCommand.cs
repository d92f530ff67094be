using System.CommandLine;
using Runbooks.Reference;

namespace Bot.Cli.Runbooks;

/// <summary><c>incident runbook actions [NAME] [--out FOLDER]</c>: what steps can use, from the code itself.</summary>
internal static class ActionsCommand
{
    public static Command Build()
    {
        var name = new Argument<string?>("name")
        {
            Description = "One action, as http/request@1",
            Arity = ArgumentArity.ZeroOrOne,
            HelpName = "NAME",
        };
        var folder = new Option<string?>("--out") { Description = "Write a page for each into a folder, and a list", HelpName = "FOLDER" };
        var command = new Command("actions", "The actions of this build, and scripts: arguments, results, effects, failures, examples")
        {
            name,
            folder,
        };
        command.SetAction(
            async (parsed, cancel) =>
            {
                var terminal = parsed.Terminal();
                var pages = await PagesAsync();
                if (parsed.GetValue(folder) is { } into)
                    return await WriteAsync(terminal, pages, into, cancel);
                if (parsed.GetValue(name) is not { } wanted)
                    return terminal.Result(
                        pages,
                        Terminal.Table(["ACTION", ""], pages.Select(page => (string[])[page.Name, page.Summary]))
                    );
                return
                    pages.FirstOrDefault(page => page.Name == wanted || page.Name.StartsWith(wanted + "@", StringComparison.Ordinal))
                        is { } page
                    ? terminal.Result(page, ActionMarkdown.Of(page))
                    : terminal.Problem($"There is no action '{wanted}'. Known: {string.Join(", ", pages.Select(page => page.Name))}.");
            }
        );
        return command;
    }

    public static async Task<IReadOnlyList<ActionPage>> PagesAsync()
    {
        await using var workbench = new Workbench(BotSettings.Read(BotSettings.FindRoot()));
        return [ScriptPage.Of(workbench.Actions), .. workbench.Actions.Values.Select(ActionPage.Of)];
    }

    /// <summary>The files of <c>docs/actions/</c> by their names.</summary>
    public static IReadOnlyDictionary<string, string> Files(IReadOnlyList<ActionPage> pages) =>
        pages
            .Select(page => KeyValuePair.Create(ActionMarkdown.FileOf(page.Name), ActionMarkdown.Of(page)))
            .Append(KeyValuePair.Create(ActionMarkdown.Index, ActionMarkdown.IndexOf(pages)))
            .ToDictionary(StringComparer.Ordinal);

    private static async Task<int> WriteAsync(Terminal terminal, IReadOnlyList<ActionPage> pages, string folder, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, text) in Files(pages))
            await File.WriteAllTextAsync(Path.Combine(folder, name), text, cancel);
        terminal.Progress($"Wrote {pages.Count} pages into {folder}.");
        return CommandLine.Success;
    }
}
