using System.CommandLine;
using System.Text.Json;
using Bot.Runs;
using Bot.Web.Api;
using Runbooks.Definition;
using Runbooks.Running;

namespace Bot.Cli.Runbooks;

/// <summary><c>incident runbook drill [NAME…]</c>: what has rotted, found by making what only reads.</summary>
internal static class RunbookDrillCommand
{
    private const string Door = "api/v1/drills";

    public static Command Build()
    {
        var names = new Argument<string[]>("runbook")
        {
            Description = "Names of runbooks; without any, all there are",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command(
            "drill",
            "Make the steps of runbooks that only read, with the inputs' defaults, and say what has rotted; changes nothing; 1 if something has"
        )
        {
            names,
        };
        command.SetAction(
            (parsed, cancel) =>
                BotConnection.UseAsync(
                    parsed,
                    (bot, terminal) =>
                        bot.Server is { } server
                            ? RunAsync(
                                terminal,
                                parsed.GetValue(names) ?? [],
                                () => ThereAsync(server, cancel),
                                name => AskAsync(server, name, cancel)
                            )
                            : HereAsync(bot, terminal, parsed.GetValue(names) ?? [], cancel),
                    cancel
                )
        );
        return command;
    }

    private static Task<int> HereAsync(BotConnection bot, Terminal terminal, string[] names, CancellationToken cancel)
    {
        bot.Get<RunbookShelf>().Reload();
        var drill = bot.Get<RunbookDrill>();
        return RunAsync(
            terminal,
            names,
            () => Task.FromResult<(IReadOnlyList<string>?, string?)>((drill.Names, null)),
            async name =>
                await drill.GoAsync(name, cancel) is { } report
                    ? (report, null)
                    : (null, $"There is no runbook '{name}'. There are: {string.Join(", ", drill.Names)}.")
        );
    }

    private static async Task<int> RunAsync(
        Terminal terminal,
        string[] names,
        Func<Task<(IReadOnlyList<string>? Names, string? Problem)>> all,
        Func<string, Task<(DrillReport? Report, string? Problem)>> drill
    )
    {
        if (names.Length == 0)
        {
            var (there, problem) = await all();
            if (there is null)
                return terminal.Problem(problem!);
            names = [.. there];
        }

        var reports = new List<DrillReport>();
        foreach (var name in names)
        {
            terminal.Progress($"{name} …");
            var (report, problem) = await drill(name);
            if (report is null)
                return terminal.Problem(problem!);
            reports.Add(report);
        }

        var rotten = reports.Count(report => report.IsRotten);
        terminal.Result(
            new { rotten, items = reports },
            string.Join(
                Environment.NewLine,
                [.. reports.SelectMany(Lines), $"{reports.Count} runbooks: {reports.Count - rotten} well, {rotten} with rot"]
            )
        );
        return rotten == 0 ? CommandLine.Success : CommandLine.Failure;
    }

    // One at a time: each answers well before anybody's patience ends.
    private static async Task<(DrillReport?, string?)> AskAsync(ServerClient server, string runbook, CancellationToken cancel)
    {
        var answer = await server.PostAsync(Door, new { runbook }, cancel, ServerClient.LongPatience);
        return answer.Ok ? (answer.Json!.Value.Deserialize<DrillReport>(ApiJson.Options), null) : (null, answer.Problem);
    }

    private static async Task<(IReadOnlyList<string>?, string?)> ThereAsync(ServerClient server, CancellationToken cancel)
    {
        var listed = await server.GetAsync("api/v1/runbooks", cancel);
        return listed.Ok
            ? (
                [.. listed.Items.Select(item => item.Deserialize<RunbookAnswer>(ApiJson.Options)!).Select(one => one.Name ?? one.File)],
                null
            )
            : (null, listed.Problem);
    }

    private static IEnumerable<string> Lines(DrillReport report)
    {
        yield return $"{report.Runbook}: {(report.IsRotten ? "rot" : "well")}";
        foreach (var finding in report.Findings)
            yield return $"  {finding} [{Words.Of(finding.Kind)}]";
        if (report.Made.Count > 0)
            yield return $"  made: {string.Join(", ", report.Made)}";
        foreach (var omission in report.LeftOut)
            yield return $"  left out: {omission.Step}: {omission.Because}";
    }
}
