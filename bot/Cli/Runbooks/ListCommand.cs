using System.CommandLine;
using System.Text.Json;
using Bot.Runs;
using Bot.Web.Api;

namespace Bot.Cli.Runbooks;

/// <summary><c>incident runbook list | show NAME</c>: those of the running server, else those of <c>Runbooks:Paths</c>.</summary>
internal static class ListCommand
{
    private const string Door = "api/v1/runbooks";

    public static Command List()
    {
        var command = new Command("list", "The runbooks there are; 1 if a file has problems");
        command.SetAction(
            (parsed, cancel) => BotConnection.TryAsync(parsed, (server, terminal) => ListAsync(server, terminal, cancel), cancel)
        );
        return command;
    }

    public static Command Show()
    {
        var name = new Argument<string>("name");
        var command = new Command("show", "The text of a runbook, as a run would be pinned to it") { name };
        command.SetAction(
            (parsed, cancel) =>
                BotConnection.TryAsync(
                    parsed,
                    (server, terminal) => ShowAsync(server, terminal, parsed.GetRequiredValue(name), cancel),
                    cancel
                )
        );
        return command;
    }

    private static async Task<int> ListAsync(ServerClient? server, Terminal terminal, CancellationToken cancel)
    {
        List<RunbookAnswer> runbooks;
        if (server is not null)
        {
            var listed = await server.GetAsync(Door, cancel);
            if (!listed.Ok)
                return terminal.Problem(listed.Problem);
            runbooks = [.. listed.Items.Select(item => item.Deserialize<RunbookAnswer>(ApiJson.Options)!)];
        }
        else
        {
            runbooks = await HereAsync(cancel);
        }

        var faulty = runbooks.Where(one => one.Problems.Count > 0).ToList();
        terminal.Result(
            new { items = runbooks },
            string.Join(
                Environment.NewLine,
                [
                    Terminal.Table(
                        ["NAME", "INPUTS", "SUMMARY"],
                        runbooks
                            .Where(one => one.Name is not null)
                            .Select(one => (IReadOnlyList<string>)[one.Name!, string.Join(", ", one.Inputs.Select(Word)), one.Summary!])
                    ),
                    .. faulty.SelectMany(one =>
                        one.Problems.Select(problem => $"{one.File}:{problem.Line}:{problem.Column}: {problem.Message}")
                    ),
                ]
            )
        );
        return faulty.Count == 0 ? CommandLine.Success : CommandLine.Failure;
    }

    private static async Task<int> ShowAsync(ServerClient? server, Terminal terminal, string name, CancellationToken cancel)
    {
        RunbookAnswer? found;
        if (server is not null)
        {
            var answer = await server.GetAsync($"{Door}/{Uri.EscapeDataString(name)}", cancel);
            found = answer.Ok ? answer.Json!.Value.Deserialize<RunbookAnswer>(ApiJson.Options) : null;
        }
        else
        {
            found = (await HereAsync(cancel)).Find(one => one.Name == name);
        }

        return found is null ? terminal.Problem($"There is no runbook '{name}'.") : terminal.Result(found, found.Text!.TrimEnd('\n'));
    }

    private static async Task<List<RunbookAnswer>> HereAsync(CancellationToken cancel)
    {
        var configuration = BotSettings.Read(BotSettings.FindRoot());
        await using var workbench = new Workbench(configuration);
        var runbooks = new List<RunbookAnswer>();
        foreach (var (path, _) in (RunbookFiles.Find([], configuration).Files ?? []).Where(file => !RunbookTree.IsTest(file.Path)))
        {
            var (definition, problems) = workbench.Reader.Read(await File.ReadAllTextAsync(path, cancel));
            // Of two with one name the first counts.
            if (definition is null || runbooks.TrueForAll(one => one.Name != definition.Name))
                runbooks.Add(RunbookAnswer.Of(path, definition, problems, []) with { Text = definition?.Text });
        }

        return runbooks;
    }

    private static string Word(RunbookAnswer.InputAnswer input) => input.Required && !input.HasDefault ? input.Name : $"[{input.Name}]";
}
