using System.Text.Json;
using Bot.Log;
using Bot.Runs;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Runs;

/// <summary>Which runs a node takes over when it is told to look at one that another node has.</summary>
public sealed class TakeOverTests : IAsyncLifetime
{
    private readonly DeskUnderTest bot = new(PostgresServer.Shared.NewDatabase());

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task One_whose_node_makes_an_attempt_stays_there()
    {
        var run = await BeginAsync(attempt: true);

        (await TakeAsync(run, from: 1, "two", idle: true)).ShouldBeNull();
    }

    [Fact]
    public async Task One_that_is_held_with_an_attempt_of_a_dead_node_is_taken_by_whoever_is_told_of_its_release()
    {
        var run = await BeginAsync(attempt: true);
        await TakeAsync(run, from: 1, "two", idle: false);

        var taken = await TakeAsync(run, from: 2, "three", idle: true);

        taken.ShouldNotBeNull().Node.ShouldBe("three");
        taken.OpenAttempts.ShouldBe(1);
    }

    [Fact]
    public async Task One_that_was_taken_over_and_began_an_attempt_since_stays_with_its_new_node()
    {
        var run = await BeginAsync(attempt: false);
        var taken = await TakeAsync(run, from: 1, "two", idle: true);
        await bot.Desk.SubmitAsync(new AppendRunWork(taken.ShouldNotBeNull(), [Attempt], null), default);

        (await TakeAsync(run, from: 2, "three", idle: true)).ShouldBeNull();
    }

    private static RunFact Attempt => new RunFact.StepStarted("first", 1, StepEffect.Once, "", null, DateTimeOffset.MaxValue, null);

    private async Task<string> BeginAsync(bool attempt)
    {
        var started = new RunFact.Started("rings", "", JsonElement.Parse("{}"), null, null, "system", "one", Epoch: 1);
        var state = RunState.Evolve("run-1", null, started, default);
        IReadOnlyList<RunFact> facts = attempt ? [started, Attempt] : [started];
        var work = new StartRunWork("run-1", new RunBeginning(facts, state, [], null), Actor.System);
        return (await bot.Desk.SubmitAsync(work, default)).Run;
    }

    private Task<RunState?> TakeAsync(string run, long from, string by, bool idle) =>
        bot.Desk.SubmitAsync(new TakeOverWork(run, from, by, idle: idle), default);
}
