using Bot;
using Bot.Cli.Runbooks;
using Runbooks.Planning;

namespace Tests.Library;

/// <summary>What people are told of a runbook before anything of it is known.</summary>
public sealed class RunbookGlanceTests
{
    [Theory]
    [InlineData("postgres-replica-lag", "asks for approval before resume, end-sessions; the others change nothing")]
    [InlineData("stuck-consumer", "asks for approval before restart; acts without it in hand-over")]
    public async Task What_asks_and_what_acts_is_named(string name, string told)
    {
        await using var workbench = new Workbench(BotSettings.Read(BotSettings.FindRoot()));
        var (definition, _) = workbench.Reader.Read(await File.ReadAllTextAsync(Shipped.FileOf(name)));

        var glance = RunbookGlance.Of(definition!, workbench.Actions);

        glance.Summary.ShouldBe(definition!.Summary);
        glance.Steps.ShouldBe($"{definition.Steps.Count + definition.Finally.Count} steps; {told}");
    }
}
