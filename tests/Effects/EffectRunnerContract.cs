using System.Collections.Concurrent;
using Bot.Desk;
using Bot.Effects;
using Bot.Log;
using Bot.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tests.Servers;
using Tests.Support;

namespace Tests.Effects;

/// <summary>The outbox as it runs, on every database; time is moved by hand.</summary>
public abstract class EffectRunnerContract : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly Handler handler = new();
    private DeskUnderTest bot = null!;
    private EffectTable effects = null!;
    private EffectRunner runner = null!;

    private protected abstract string NewDatabase();

    public async Task InitializeAsync()
    {
        bot = new DeskUnderTest(NewDatabase(), time);
        effects = new EffectTable(bot.Get<IStore>(), bot.Get<EffectSignal>());
        runner = new EffectRunner(
            new EffectClaims(bot.Get<IStore>()),
            bot.Get<IStore>(),
            [handler],
            bot.Get<EffectSignal>(),
            bot.Get<IIdSource>(),
            time,
            new EffectOptions { Node = "one", UnknownKind = TimeSpan.Zero },
            NullLogger<EffectRunner>.Instance
        );
        await runner.StartAsync(default);
    }

    public async Task DisposeAsync()
    {
        await runner.StopAsync(default);
        runner.Dispose();
        await bot.DisposeAsync();
    }

    [Fact]
    public async Task Effects_that_come_with_no_fact_wake_it_without_any_time_passing()
    {
        await EmitAsync(new Effect("test", "a", "1"), new Effect("test", "b", "2"));

        await DoneAsync(2);
    }

    [Fact]
    public async Task Effects_of_a_key_run_one_after_the_other_also_when_one_is_tried_again()
    {
        handler.FailFirst = "2";
        await EmitAsync([.. Enumerable.Range(1, 5).Select(i => new Effect("test", "a", $"{i}"))]);

        await DoneAsync(6);

        handler.Ran.ShouldBe(["1", "2", "2", "3", "4", "5"]);
    }

    [Fact]
    public async Task Nothing_runs_before_its_due_time()
    {
        await EmitAsync(new Effect("test", "a", "later", time.GetUtcNow().AddHours(1)), new Effect("test", "b", "now"));
        await DoneAsync(1);
        handler.Ran.ShouldBe(["now"]);

        // The runner may not yet wait when time moves; it is moved until it does.
        await Until.Holds(
            () =>
            {
                time.Advance(TimeSpan.FromMinutes(1));
                return Task.FromResult(handler.Ran.Count == 2);
            },
            "the later one"
        );

        time.GetUtcNow().ShouldBeGreaterThanOrEqualTo(new DateTimeOffset(2026, 11, 24, 13, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_dead_letter_frees_its_key_and_runs_again_when_somebody_asks()
    {
        handler.Bury = "1";
        await EmitAsync(new Effect("test", "a", "1"), new Effect("test", "a", "2"));
        await DoneAsync(2);
        var dead = await Until.Comes(async () => (await effects.DeadAsync(10, default)).SingleOrDefault(), "the dead letter");

        handler.Bury = null;
        (await effects.RetryAsync(dead.Id, time.GetUtcNow(), default)).ShouldBeTrue();

        await DoneAsync(3);
        handler.Ran.ShouldBe(["1", "2", "1"]);
    }

    private Task<bool> EmitAsync(params Effect[] wanted) => bot.Desk.SubmitAsync(new Emit(wanted), default);

    private Task DoneAsync(int count) =>
        Until.Holds(
            () => Task.FromResult(handler.Ran.Count == count),
            $"effect number {count}",
            () => Task.FromResult(string.Join(", ", handler.Ran))
        );

    private sealed class Handler : IEffectHandler
    {
        private readonly ConcurrentQueue<string> ran = new();

        public string Kind => "test";

        public string? FailFirst { get; set; }

        public string? Bury { get; set; }

        public IReadOnlyList<string> Ran => [.. ran];

        public Task<EffectResult> RunAsync(EffectRow effect, CancellationToken cancel)
        {
            var text = effect.Read<string>();
            ran.Enqueue(text);
            if (text == Bury)
                return Task.FromResult<EffectResult>(new EffectResult.Dead("on purpose"));
            return Task.FromResult<EffectResult>(
                text == FailFirst && effect.Attempts == 1
                    ? new EffectResult.Retry(TimeSpan.Zero, "on purpose")
                    : new EffectResult.Done("done")
            );
        }
    }

    private sealed class Emit(IReadOnlyList<Effect> wanted) : DeskWork<bool>
    {
        public override bool Decide(IDraft draft)
        {
            foreach (var effect in wanted)
                draft.Emit(effect);
            return true;
        }
    }
}

public sealed class SqliteEffectRunnerTests : EffectRunnerContract
{
    private protected override string NewDatabase() =>
        $"Data Source={Path.Combine(Directory.CreateTempSubdirectory("incident-effects-").FullName, "incident.db")}";
}

public sealed class PostgresEffectRunnerTests : EffectRunnerContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
