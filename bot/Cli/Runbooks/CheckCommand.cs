using System.CommandLine;

namespace Bot.Cli.Runbooks;

/// <summary><c>incident runbook check [PATH…]</c>: all that is wrong with runbooks and tests, each with its place; needs no server.</summary>
internal static class CheckCommand
{
    public static Command Build()
    {
        var paths = new Argument<string[]>("path")
        {
            Description = "Files or folders; without any, the folders of Runbooks:Paths",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var strict = new Option<bool>("--strict") { Description = "Warnings count as findings, too" };
        var command = new Command(
            "check",
            "All problems of runbooks and of their tests, each with its place, and advice; 1 if there is an error"
        )
        {
            paths,
            strict,
        };
        command.SetAction((parsed, cancel) => RunAsync(parsed.Terminal(), parsed.GetValue(paths) ?? [], parsed.GetValue(strict), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, string[] paths, bool strict, CancellationToken cancel)
    {
        var configuration = BotSettings.Read(BotSettings.FindRoot());
        var (files, missing) = RunbookFiles.Find(paths, configuration);
        if (files is null)
            return terminal.Misused(missing!);
        if (files.Count == 0)
            return terminal.Misused("There is no .yaml file among them.");
        await using var workbench = new Workbench(configuration);
        var folder = await RunbookFolder.ReadAsync(files, workbench, configuration, cancel);
        var (findings, errors) = (folder.Findings, folder.Findings.Count(one => one.IsError));
        var warnings = findings.Count - errors;
        var sum = $"{Counted.Of(folder.Files, "file")}: {Counted.Of(errors, "error")}, {Counted.Of(warnings, "warning")}";
        terminal.Result(
            new
            {
                files = folder.Files,
                errors,
                warnings,
                items = findings.Select(one => new
                {
                    one.Path,
                    one.Line,
                    one.Column,
                    severity = one.IsError ? "error" : "warning",
                    one.Rule,
                    one.Message,
                }),
                replaced = folder.Replaced,
            },
            string.Join(
                Environment.NewLine,
                [.. findings.Select(one => one.ToString()), .. folder.Replaced.Select(one => one.ToString()), sum]
            )
        );
        return errors > 0 || (strict && warnings > 0) ? CommandLine.Failure : CommandLine.Success;
    }
}
