using Bot.Access;
using Bot.Runs;
using Runbooks.Running;
using Tests.Support;

namespace Tests.Runs;

/// <summary>What is asked of a run that is stopped already is done, or changes nothing: it is never accepted and forgotten.</summary>
public sealed class StoppedTwiceTests : IAsyncLifetime
{
    private BotUnderTest bot = null!;
    private HttpClient client = null!;

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                """
                runbook: undone
                summary: Is undone with an approval
                steps:
                  - id: act
                    uses: core/count@1
                    with: { key: act }
                    undo: { uses: core/count@1, with: { key: undo }, approve: { need: 1 } }
                  - { id: gate, approve: { need: 1 } }
                finally: [ { id: last, approve: { need: 1 } } ]
                """,
            ]
        );
        client = await bot.TokenAsync(Role.Admin);
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task Stop_ends_an_undoing_that_was_asked_for_with_the_stop()
    {
        var (run, undo) = await BegunAsync("stop-and-undo");
        var known = await KnownAsync(run);
        // Once more the same.
        await run.DecideAsync("", "stop-and-undo");
        (await KnownAsync(run)).Version.ShouldBe(known.Version);

        await run.DecideAsync("", "stop");
        var last = await run.AskedAsync("approval", other: undo);
        var stopped = await KnownAsync(run);
        stopped.Steps["act.undo"].Outcome.ShouldBe(StepOutcome.Cancelled);
        await run.DecideAsync("", "stop");
        (await KnownAsync(run)).Version.ShouldBe(stopped.Version);
        (await run.TryDecideAsync("", "stop-and-undo"))
            .ShouldNotBeNull()
            .ShouldEndWith("has stopped its undoing already; it is not begun again.");
        await run.DecideAsync("last", "approve", last);
        await run.EndsAsync("cancelled");

        (await KnownAsync(run)).LeftBehind.ShouldHaveSingleItem().ShouldStartWith("act: success, its undo: cancelled");
    }

    [Fact]
    public async Task Stopping_all_automation_ends_such_an_undoing_too()
    {
        var (run, undo) = await BegunAsync("stop-and-undo");

        await BotUnderTest.SayAsync(client, "/incident automation stop it makes things worse");

        await run.AskedAsync("approval", other: undo);
        (await KnownAsync(run)).Steps["act.undo"].Outcome.ShouldBe(StepOutcome.Cancelled);
    }

    [Fact]
    public async Task What_was_stopped_can_still_be_undone_while_its_last_steps_go_on()
    {
        var (run, last) = await BegunAsync("stop");

        await run.DecideAsync("", "stop-and-undo");
        await bot.UntilAsync(async () => (await KnownAsync(run)).Steps.GetValueOrDefault("act.undo")?.Wait);
        await run.DecideAsync("act.undo", "approve", (await KnownAsync(run)).Steps["act.undo"].Wait!.Hash);
        await bot.UntilAsync(async () => (await KnownAsync(run)).Steps["act.undo"].Outcome is StepOutcome.Success ? "undone" : null);
        await run.DecideAsync("last", "approve", last);
        await run.EndsAsync("cancelled");

        (await KnownAsync(run)).LeftBehind.ShouldBeEmpty();
    }

    /// <returns>With the hash of what it asks once it was stopped.</returns>
    private async Task<(StartedRun Run, string Asked)> BegunAsync(string stop)
    {
        var run = await StartedRun.OfAsync(bot, client, "undone");
        var gate = await run.AskedAsync("approval");
        await run.DecideAsync("", stop);
        return (run, await run.AskedAsync("approval", other: gate));
    }

    private async Task<RunState> KnownAsync(StartedRun run) => (await bot.Get<IRunDesk>().FindAsync(run.Id, default))!;
}
