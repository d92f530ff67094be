using System.CommandLine;

namespace Bot.Cli.Runbooks;

/// <summary><c>incident runbook …</c></summary>
internal static class RunbookCommands
{
    public static Command Build() =>
        new("runbook", "Runbooks: checked, tried and run")
        {
            ListCommand.List(),
            ListCommand.Show(),
            CheckCommand.Build(),
            TestCommand.Build(),
            PlanCommand.Build(),
            RunbookDrillCommand.Build(),
            RunCommands.Run(),
            RunCommands.Follow(),
            RunCommands.Decide(),
            RunCommands.Cancel(),
            SchemaCommand.Build(),
            EvalCommand.Build(),
            ActionsCommand.Build(),
        };
}
