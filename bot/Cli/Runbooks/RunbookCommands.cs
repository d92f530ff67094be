using System.CommandLine;

namespace Bot.Cli.Runbooks;

/// <summary><c>incident runbook …</c></summary>
internal static class RunbookCommands
{
    public static Command Build() =>
        new("runbook", "Runbooks: checked, tried and run") { TestCommand.Build(), SchemaCommand.Build(), EvalCommand.Build() };
}
