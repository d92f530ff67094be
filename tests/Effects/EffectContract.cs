using Bot.Desk;
using Bot.Log;
using Bot.Storage;
using Tests.Servers;
using Tests.Support;

namespace Tests.Effects;

/// <summary>What the outbox promises on every database.</summary>
public abstract class EffectContract : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    private static readonly string[] Kinds = ["test"];
    private DeskUnderTest bot = null!;
    private EffectTable effects = null!;
    private EffectClaims claims = null!;

    private protected abstract string NewDatabase();

    public Task InitializeAsync()
    {
        bot = new DeskUnderTest(NewDatabase());
        effects = new EffectTable(bot.Get<IStore>(), bot.Get<EffectSignal>());
        claims = new EffectClaims(bot.Get<IStore>());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task Only_the_first_effect_of_each_key_can_be_claimed()
    {
        await EmitAsync("a", "a", "b");

        (await ClaimAsync("one")).Select(effect => effect.Key).ShouldBe(["a", "b"]);
        (await ClaimAsync("two")).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_next_of_a_key_follows_when_the_first_has_ended()
    {
        await EmitAsync("a", "a");
        var first = (await ClaimAsync("one")).ShouldHaveSingleItem();

        var second = (await ClaimAsync("one", End(first, EffectEnd.Done))).ShouldHaveSingleItem();

        string.CompareOrdinal(second.Id, first.Id).ShouldBePositive();
    }

    [Fact]
    public async Task The_end_of_a_claim_that_was_given_back_is_not_written()
    {
        await EmitAsync("a");
        var old = (await ClaimAsync("one")).ShouldHaveSingleItem();
        await claims.ReleaseAsync("one", default);
        var mine = (await ClaimAsync("two")).ShouldHaveSingleItem();

        await ClaimAsync("one", End(old, EffectEnd.Done));

        (await effects.CountsAsync(Now(), default)).Pending.ShouldBe(1);
        mine.Epoch.ShouldBeGreaterThan(old.Epoch);
        mine.Attempts.ShouldBe(2);
    }

    [Fact]
    public async Task A_claim_is_held_for_longer_by_who_has_it_and_by_nobody_else()
    {
        await EmitAsync("a");
        // Over as soon as it is made.
        var mine = (await claims.TurnAsync("one", [], Kinds, Now(), 100, TimeSpan.Zero, default)).ShouldHaveSingleItem();

        (await claims.ExtendAsync(mine, TimeSpan.FromMinutes(10), default)).ShouldBeTrue();
        (await ClaimAsync("two")).ShouldBeEmpty();

        await claims.ReleaseAsync("one", default);
        (await claims.ExtendAsync(mine, TimeSpan.FromMinutes(10), default)).ShouldBeFalse();
        (await ClaimAsync("two")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_dead_letter_frees_its_key_and_can_be_tried_again()
    {
        await EmitAsync("a", "a");
        var first = (await ClaimAsync("one")).ShouldHaveSingleItem();

        var second = (await ClaimAsync("one", End(first, EffectEnd.Dead))).ShouldHaveSingleItem();
        await ClaimAsync("one", End(second, EffectEnd.Done));

        (await effects.DeadAsync(10, default)).ShouldHaveSingleItem().Id.ShouldBe(first.Id);
        (await effects.RetryAsync(first.Id, Now(), default)).ShouldBeTrue();
        (await ClaimAsync("one")).ShouldHaveSingleItem().Id.ShouldBe(first.Id);
    }

    [Fact]
    public async Task A_timer_neither_runs_early_nor_holds_up_its_key()
    {
        await bot.Desk.SubmitAsync(
            new Emit([new Effect("test", "a", "later", Now().AddHours(1)), new Effect("test", "a", "now")]),
            default
        );

        var claimed = (await ClaimAsync("one")).ShouldHaveSingleItem();

        claimed.Read<string>().ShouldBe("now");
        (await ClaimAsync("one", End(claimed, EffectEnd.Done))).ShouldBeEmpty();
        (await claims.NextAsync(Now(), default)).ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.FromMinutes(59));
    }

    [Fact]
    public async Task Nodes_that_claim_at_once_never_share_a_key()
    {
        await EmitAsync([.. Enumerable.Range(0, 200).Select(i => $"key-{i % 20}")]);

        var claimed = await Task.WhenAll(Enumerable.Range(0, 8).Select(node => Task.Run(() => ClaimAsync($"node-{node}", limit: 5))));

        var keys = claimed.SelectMany(claim => claim).Select(effect => effect.Key).ToList();
        keys.ShouldBeUnique();
        keys.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task An_effect_that_nobody_can_carry_out_does_not_hold_up_its_key_and_is_shown()
    {
        await bot.Desk.SubmitAsync(new Emit([new Effect("from-the-future", "a", "x"), new Effect("test", "a", "y")]), default);
        (await ClaimAsync("one")).ShouldBeEmpty();

        (await claims.BuryUnknownAsync(Kinds, Now().AddMinutes(-5), Now(), default)).ShouldBe(0);
        (await claims.BuryUnknownAsync(Kinds, Now(), Now(), default)).ShouldBe(1);

        (await ClaimAsync("one")).ShouldHaveSingleItem().Read<string>().ShouldBe("y");
        (await effects.DeadAsync(10, default)).ShouldHaveSingleItem().Outcome.ShouldNotBeNull().ShouldContain("from-the-future");
    }

    [Fact]
    public async Task What_a_node_held_whose_lease_is_over_is_free_at_once_and_its_end_is_not_written()
    {
        var leases = bot.Get<LeaseTable>();
        await EmitAsync("a");
        var lease = (await leases.TakeAsync("node:one", "one", TimeSpan.FromMinutes(1), default)).ShouldNotBeNull();
        var old = (await ClaimAsync("one")).ShouldHaveSingleItem();
        (await claims.TakeFromDeadAsync(default)).ShouldBe(0);

        await leases.ReleaseAsync(lease, default);
        (await claims.TakeFromDeadAsync(default)).ShouldBe(1);
        var mine = (await ClaimAsync("two")).ShouldHaveSingleItem();
        await ClaimAsync("one", End(old, EffectEnd.Done));

        mine.Id.ShouldBe(old.Id);
        (await effects.CountsAsync(Now(), default)).Pending.ShouldBe(1);
    }

    [Fact]
    public async Task An_effect_without_a_fact_is_written_once_per_id()
    {
        var effect = new Effect("test", "a", "x");

        (await effects.AddOnceAsync("tick/1", effect, Now(), default)).ShouldBeTrue();
        (await effects.AddOnceAsync("tick/1", effect, Now(), default)).ShouldBeFalse();

        var claimed = (await ClaimAsync("one")).ShouldHaveSingleItem();
        (await ClaimAsync("one", End(claimed, EffectEnd.Done))).ShouldBeEmpty();
        (await effects.AddOnceAsync("tick/1", effect, Now(), default)).ShouldBeFalse();
    }

    private Task<bool> EmitAsync(params string[] keys) =>
        bot.Desk.SubmitAsync(new Emit([.. keys.Select(key => new Effect("test", key, key))]), default);

    private Task<IReadOnlyList<EffectRow>> ClaimAsync(string node, params EffectEnd[] ends) => ClaimAsync(node, 100, ends);

    private Task<IReadOnlyList<EffectRow>> ClaimAsync(string node, int limit, params EffectEnd[] ends) =>
        claims.TurnAsync(node, ends, Kinds, Now(), limit, Lease, default);

    private static EffectEnd End(EffectRow effect, string state) => new(effect.Id, effect.Epoch, state, "said", TimeSpan.Zero);

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

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

public sealed class SqliteEffectTests : EffectContract
{
    private protected override string NewDatabase() =>
        $"Data Source={Path.Combine(Directory.CreateTempSubdirectory("incident-effects-").FullName, "incident.db")}";
}

public sealed class PostgresEffectTests : EffectContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
