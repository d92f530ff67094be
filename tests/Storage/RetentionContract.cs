using Bot.Desk;
using Bot.Log;
using Bot.Storage;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Storage;

/// <summary>What is forgotten when, on every database. Facts never are.</summary>
public abstract class RetentionContract : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider time = new(Start);
    private readonly RetentionOptions options = new();
    private DeskUnderTest bot = null!;
    private IStore store = null!;

    private protected abstract string NewDatabase();

    public Task InitializeAsync()
    {
        bot = new DeskUnderTest(NewDatabase(), time);
        store = bot.Get<IStore>();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task A_delivery_is_kept_for_its_time_and_not_longer()
    {
        var old = await DeliverAsync();
        time.Advance(TimeSpan.FromDays(1));
        var young = await DeliverAsync();
        time.Advance(options.Deliveries - TimeSpan.FromHours(1));

        await Sweeper().SweepAsync(default);

        var deliveries = bot.Get<DeliveryTable>();
        (await deliveries.FindAsync(old, default)).ShouldBeNull();
        (await deliveries.FindAsync(young, default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task The_id_of_a_request_means_something_new_when_its_answer_is_forgotten()
    {
        var key = new IdempotencyKey("anna", "key-1", "one");
        (await bot.Desk.SubmitAsync(new Say("first") { Key = key }, default)).ShouldBe("first");
        time.Advance(options.Answers - TimeSpan.FromHours(1));
        await Sweeper().SweepAsync(default);
        (await bot.Desk.SubmitAsync(new Say("second") { Key = key }, default)).ShouldBe("first");

        time.Advance(TimeSpan.FromHours(2));
        await Sweeper().SweepAsync(default);

        (await bot.Desk.SubmitAsync(new Say("third") { Key = key }, default)).ShouldBe("third");
    }

    [Fact]
    public async Task Lines_go_when_their_run_has_been_over_for_long_and_never_while_it_runs()
    {
        var (over, live) = (await RunAsync(ends: true), await RunAsync(ends: false));
        var output = new OutputTable(store);
        foreach (var run in new[] { over, live })
            await output.AppendAsync([.. Enumerable.Range(1, 3).Select(n => new OutputRow(run, n, "look", Start, "out", $"{n}"))], default);
        time.Advance(options.Output - TimeSpan.FromHours(1));
        await Sweeper().SweepAsync(default);
        (await output.ReadAsync(over, 0, 10, default)).Count.ShouldBe(3);

        time.Advance(TimeSpan.FromHours(2));
        await Sweeper().SweepAsync(default);

        (await output.ReadAsync(over, 0, 10, default)).ShouldBeEmpty();
        (await output.ReadAsync(live, 0, 10, default)).Count.ShouldBe(3);
        (await bot.Get<RunTable>().FindAsync(over, default)).ShouldNotBeNull("what happened is a fact");
    }

    [Fact]
    public async Task Artifacts_go_with_the_lines_of_their_run()
    {
        var (over, live) = (await RunAsync(ends: true), await RunAsync(ends: false));
        var artifacts = bot.Get<ArtifactTable>();
        foreach (var run in new[] { over, live })
            await artifacts.PutAsync(run, "hash", new byte[ArtifactTable.Part * 2 + 1], default);
        time.Advance(options.Output - TimeSpan.FromHours(1));
        await Sweeper().SweepAsync(default);
        (await artifacts.SizesAsync(over, default)).ShouldNotBeEmpty();

        time.Advance(TimeSpan.FromHours(2));
        (await Sweeper().SweepAsync(default)).ShouldBe(3);

        (await artifacts.SizesAsync(over, default)).ShouldBeEmpty();
        (await artifacts.SizesAsync(live, default))["hash"].ShouldBe(ArtifactTable.Part * 2 + 1);
    }

    [Fact]
    public async Task Effects_go_when_they_were_carried_out_and_stay_when_they_were_given_up()
    {
        var effects = new EffectTable(store, bot.Get<EffectSignal>());
        await bot.Desk.SubmitAsync(new Emit("done"), default);
        await bot.Desk.SubmitAsync(new Emit("dead"), default);
        await EndAsync(row => row.Key is "done" ? EffectEnd.Done : EffectEnd.Dead);
        time.Advance(options.Effects + TimeSpan.FromHours(1));
        await bot.Desk.SubmitAsync(new Emit("later"), default);

        (await Sweeper().SweepAsync(default)).ShouldBe(1);

        var counts = await effects.CountsAsync(time.GetUtcNow(), default);
        (counts.Pending, counts.Dead).ShouldBe((1, 1));
    }

    [Fact]
    public async Task A_node_that_is_gone_is_forgotten_and_one_that_left_something_is_not()
    {
        var leases = bot.Get<LeaseTable>();
        var length = TimeSpan.FromMinutes(1);
        await leases.TakeAsync("node:living", "living", length, default);
        await leases.TakeAsync("node:just-died", "just-died", TimeSpan.FromMicroseconds(1), default);
        foreach (var name in new[] { "stopped", "one" })
            await leases.ReleaseAsync((await leases.TakeAsync("node:" + name, name, length, default))!, default);
        // It was "one" that drove it.
        await RunAsync(ends: false);

        await Sweeper().SweepAsync(default);

        (await leases.ListAsync(default)).Select(lease => lease.Owner).ShouldBe(["just-died", "living", "one"]);
    }

    [Fact]
    public async Task Much_goes_in_small_batches_with_a_rest_between_them()
    {
        for (var i = 0; i < Retention.Batch + 1; i++)
            await DeliverAsync();
        time.Advance(options.Deliveries + TimeSpan.FromHours(1));

        var sweep = Sweeper().SweepAsync(default);

        await Until.Holds(async () => await CountAsync() == 1, "the first batch");
        sweep.IsCompleted.ShouldBeFalse();
        await Until.Holds(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(sweep.IsCompleted);
            },
            "the second batch"
        );
        (await sweep).ShouldBe(Retention.Batch + 1);
    }

    [Fact]
    public async Task It_comes_by_itself_and_of_two_nodes_one_does_it()
    {
        await DeliverAsync();
        time.Advance(options.Deliveries + TimeSpan.FromHours(1));
        using var one = Sweeper("one");
        using var two = Sweeper("two");
        await one.StartAsync(default);
        await two.StartAsync(default);

        await Until.Holds(
            async () =>
            {
                time.Advance(TimeSpan.FromMinutes(1));
                return await CountAsync() == 0;
            },
            "the sweep"
        );

        var lease = (await bot.Get<LeaseTable>().ListAsync(default)).Single(lease => lease.Name is "retention");
        lease.Epoch.ShouldBe(1);
        await one.StopAsync(default);
        await two.StopAsync(default);
    }

    private Retention Sweeper(string name = "one")
    {
        var node = new NodeLease(
            bot.Get<LeaseTable>(),
            new NodeOptions(name, TimeSpan.FromSeconds(10)),
            time,
            new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance),
            NullLogger<NodeLease>.Instance
        );
        return new Retention(
            bot.Get<DeliveryTable>(),
            new AnswerTable(store),
            new OutputTable(store),
            new ArtifactTable(store),
            new EffectTable(store, bot.Get<EffectSignal>()),
            new GaugeTable(store),
            bot.Get<LeaseTable>(),
            node,
            options,
            time,
            NullLogger<Retention>.Instance
        );
    }

    private async Task<string> DeliverAsync()
    {
        var id = bot.Get<IIdSource>().NewId();
        await bot.Desk.SubmitAsync(new Deliver(id), default);
        return id;
    }

    private async Task<int> CountAsync() => (await bot.Get<DeliveryTable>().ListAsync(null, null, 1000, default)).Count;

    private async Task<string> RunAsync(bool ends)
    {
        var id = "run-" + bot.Get<IIdSource>().NewId();
        await bot.Desk.SubmitAsync(new Run(id, ends), default);
        return id;
    }

    private async Task EndAsync(Func<EffectRow, string> how)
    {
        var claimed = await ClaimAsync([]);
        await ClaimAsync([.. claimed.Select(row => new EffectEnd(row.Id, row.Epoch, how(row), "so it was", TimeSpan.Zero))]);
    }

    private Task<IReadOnlyList<EffectRow>> ClaimAsync(IReadOnlyList<EffectEnd> ends) =>
        new EffectClaims(store).TurnAsync("one", ends, ["test"], time.GetUtcNow(), 10, TimeSpan.FromMinutes(1), default);

    private sealed class Deliver(string id) : DeskWork<bool>
    {
        private static readonly byte[] Empty = [.. "{}"u8];
        private static readonly byte[] None = [.. "[]"u8];

        public override bool Decide(IDraft draft)
        {
            draft.Add(new DeliveryWrite(id, "am", null, Micros.From(draft.Now), Empty, Empty, "identity", "accepted", 0, null, None));
            return true;
        }
    }

    private sealed class Say(string text) : DeskWork<string>
    {
        public override string Decide(IDraft draft) => text;
    }

    private sealed class Emit(string key) : DeskWork<bool>
    {
        public override bool Decide(IDraft draft)
        {
            draft.Emit(new Effect("test", key, "x"));
            return true;
        }
    }

    private sealed class Run(string id, bool ends) : DeskWork<bool>
    {
        public override bool Decide(IDraft draft)
        {
            var inputs = System.Text.Json.JsonElement.Parse("{}");
            draft.Append(StreamId.Run(id), new RunFact.Started("book", "hash", inputs, null, null, "anna", "one", 1), Actor.System);
            if (ends)
                draft.Append(StreamId.Run(id), new RunFact.Ended(RunPhase.Succeeded, null, null), Actor.System);
            return true;
        }
    }
}

public sealed class SqliteRetentionTests : RetentionContract
{
    private protected override string NewDatabase() =>
        $"Data Source={Path.Combine(Directory.CreateTempSubdirectory("incident-retention-").FullName, "incident.db")}";
}

public sealed class PostgresRetentionTests : RetentionContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
