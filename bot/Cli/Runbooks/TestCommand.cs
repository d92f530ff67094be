using System.CommandLine;
using Bot.Runs;

namespace Bot.Cli.Runbooks;

/// <summary><c>incident runbook test [PATH…]</c>: plays the <c>*.test.yaml</c> beside runbooks; no server, no target, no waiting.</summary>
internal static class TestCommand
{
    public static Command Build()
    {
        var paths = new Argument<string[]>("path")
        {
            Description = "Tests, runbooks or folders; without any, the folders of Runbooks:Paths",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var junit = new Option<string?>("--junit") { Description = "Write a JUnit report, for a CI", HelpName = "FILE" };
        var verbose = new Option<bool>("--verbose") { Description = "Show what happened also where a case passed" };
        var command = new Command("test", "Play the tests beside runbooks, faults and clicks and all; 1 if a case fails")
        {
            paths,
            junit,
            verbose,
        };
        command.SetAction(
            (parsed, cancel) =>
                RunAsync(parsed.Terminal(), parsed.GetValue(paths) ?? [], parsed.GetValue(junit), parsed.GetValue(verbose), cancel)
        );
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, string[] paths, string? junit, bool verbose, CancellationToken cancel)
    {
        var configuration = BotSettings.Read(BotSettings.FindRoot());
        var (files, missing) = RunbookFiles.Find(paths, configuration);
        if (files is null)
            return terminal.Misused(missing!);
        var tests = new List<string>();
        foreach (var file in files.Select(one => one.Path))
        {
            var test = RunbookTree.IsTest(file) ? file : RunbookFiles.TestOf(file);
            if (File.Exists(test) && !tests.Contains(test, StringComparer.Ordinal))
                tests.Add(test);
        }

        if (tests.Count == 0)
            return terminal.Misused($"There is no test among them: a test is a file NAME{RunbookTree.TestEnding} beside NAME.yaml.");
        await using var workbench = new Workbench(configuration);
        var player = new TestPlayer(workbench, configuration, TimeProvider.System);
        var played = new List<PlayedFile>();
        foreach (var test in tests)
        {
            cancel.ThrowIfCancellationRequested();
            played.Add(await player.PlayAsync(test, cancel));
        }

        if (junit is not null)
            await JUnitReport.WriteAsync(junit, played);
        terminal.Result(TestReport.ForMachine(played), TestReport.ForPeople(played, verbose));
        return played.TrueForAll(file => file.Passed) ? CommandLine.Success : CommandLine.Failure;
    }
}
