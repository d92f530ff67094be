using System.CommandLine;

namespace Bot.Cli.Authoring;

/// <summary><c>incident runbook …</c></summary>
internal static class RunbookCommands
{
    public static Command Build() => new("runbook", "Runbooks: check, test, plan and run them") { TestCommand.Build() };
}
