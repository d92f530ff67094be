using System.CommandLine;
using Bot.Cli.Alerting;
using Bot.Cli.Chat;
using Bot.Cli.Data;
using Bot.Cli.DemoData;
using Bot.Cli.Drill;
using Bot.Cli.People;
using Bot.Cli.Runbooks;
using Bot.Cli.Serving;
using Bot.Parts;

namespace Bot.Cli;

/// <summary>The command line. Results go to stdout, progress and problems to stderr; 0 success, 1 a finding or failure, 2 wrong usage.</summary>
internal static class CommandLine
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int WrongUsage = 2;

    /// <param name="output">Null: stdout.</param>
    /// <param name="error">Null: stderr.</param>
    public static async Task<int> RunAsync(string[] args, TextWriter? output = null, TextWriter? error = null)
    {
        error ??= Console.Error;
        var parsed = Build().Parse(args);
        // A help that was asked for hides that its command is none.
        var wrong = parsed
            .Errors.Select(error => error.Message)
            .Concat(parsed.UnmatchedTokens.Select(word => $"Unrecognized command or argument '{word}'."))
            .Distinct()
            .ToList();
        if (wrong.Count > 0)
        {
            foreach (var sentence in wrong)
                await error.WriteLineAsync(sentence);
            await error.WriteLineAsync("Try --help.");
            return WrongUsage;
        }

        try
        {
            var settings = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                Output = output ?? Console.Out,
                Error = error,
            };
            // A server that is told to end has steps under way, and a time of its own for them (Node:Drain).
            if (parsed.CommandResult.Command is RootCommand or { Name: ServeCommand.Name })
                settings.ProcessTerminationTimeout = TimeSpan.FromDays(1);
            return await parsed.InvokeAsync(settings);
        }
        catch (StartException e)
        {
            await error.WriteLineAsync(e.Message);
            return Failure;
        }
    }

    public static RootCommand Build()
    {
        var root = new RootCommand("Incident: alerts become incidents, runbooks repair them, the timeline tells it. Alone, it serves.");
        root.SetAction((_, cancel) => ServeCommand.RunAsync(cancel));
        root.Options.Add(GlobalOptions.Server);
        root.Options.Add(GlobalOptions.Token);
        root.Options.Add(GlobalOptions.Format);
        root.Subcommands.Add(ServeCommand.Build());
        root.Subcommands.Add(DrillCommand.Build());
        root.Subcommands.Add(SayCommand.Build());
        foreach (var platform in PlatformCommands.Build())
            root.Subcommands.Add(platform);
        root.Subcommands.Add(UserCommands.Build());
        root.Subcommands.Add(TokenCommands.Build());
        root.Subcommands.Add(RunbookCommands.Build());
        root.Subcommands.Add(ConfigCommands.Build());
        root.Subcommands.Add(AlertsCommands.Build());
        root.Subcommands.Add(TimelineCommands.Build());
        root.Subcommands.Add(BackupCommands.Backup());
        root.Subcommands.Add(BackupCommands.Restore());
        root.Subcommands.Add(DemoDataCommand.Build());
        return root;
    }
}
