using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Storage;
using Tests.Support;

namespace Tests.Runs;

/// <summary>Runbooks that begin with an alert: each alert that begins to fire counts, and no echo of a run does.</summary>
public sealed class AlertTriggerTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Each_alert_that_begins_to_fire_starts_a_run_of_its_own()
    {
        await using var bot = await BotUnderTest.StartAsync(runbooks: [Book("mode: auto")]);
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon)));
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon), ("b", true, Noon), ("c", true, Noon)));
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon), ("b", true, Noon), ("c", true, Noon)));
        await RunsAsync(bot, 3);
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", false, Noon), ("b", true, Noon), ("c", true, Noon)));
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon.AddMinutes(9)), ("b", true, Noon), ("c", true, Noon)));

        (await RunsAsync(bot, 4)).ShouldBe(["am/a", "am/a", "am/b", "am/c"]);
        (await FactsAsync<IncidentFact.Declared>(bot)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_same_alert_again_in_the_cool_down_is_left_to_people_and_another_one_is_not()
    {
        await using var bot = await BotUnderTest.StartAsync(runbooks: [Book("mode: auto, cooldown: 1h")]);
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon)));
        await RunsAsync(bot, 1);
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", false, Noon)));
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon.AddMinutes(9))));
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon.AddMinutes(9)), ("b", true, Noon)));

        (await RunsAsync(bot, 2)).ShouldBe(["am/a", "am/b"]);
        (await UntilFactsAsync<IncidentFact.RunbookHeldBack>(bot, 1))
            .ShouldHaveSingleItem()
            .Reason.ShouldContain("for the same alert", Case.Sensitive);
    }

    [Fact]
    public async Task A_budget_holds_to_the_run_whatever_comes_at_once_and_the_rest_is_told_and_proposed()
    {
        await using var bot = await BotUnderTest.StartAsync(runbooks: [Book("mode: auto, budget: { runs: 3, per: 6h, then: propose }")]);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => bot.DeliverAsync(Payload.Alertmanager($"g{i}", 0, ($"f{i}", true, Noon)))));

        (await UntilFactsAsync<IncidentFact.RunbookHeldBack>(bot, 9)).ShouldAllBe(held =>
            held.Reason.StartsWith("its budget of 3 runs per 6h is used up", StringComparison.Ordinal)
        );
        (await UntilFactsAsync<IncidentFact.RunbookProposed>(bot, 9)).Count.ShouldBe(9);
        (await RunsAsync(bot, 3)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_budget_that_is_used_up_calls_those_who_had_acknowledged()
    {
        const string Routes = """
            routes:
              - name: default
                severity: sev1
                page: { targets: [ "user:anna" ] }
            """;
        await using var bot = await BotUnderTest.StartAsync(Routes, [Book("mode: auto, budget: { runs: 1, per: 6h }")]);
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon)));
        await RunsAsync(bot, 1);
        await BotUnderTest.SayAsync(await bot.TokenAsync(Role.Responder), "/incident ack inc-1");
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon), ("b", true, Noon)));

        (await UntilFactsAsync<IncidentFact.PageRequested>(bot, 1)).ShouldHaveSingleItem().Reason.ShouldBe("runbook book was held back");
        (await RunsAsync(bot, 1)).ShouldBe(["am/a"]);
    }

    [Fact]
    public async Task A_storm_of_one_kind_is_proposed_once()
    {
        await using var bot = await BotUnderTest.StartAsync(runbooks: [Book("mode: propose"), Book("mode: auto", "other")]);
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, [.. Enumerable.Range(0, 50).Select(i => ($"f{i}", true, Noon))]));
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("late", true, Noon)));

        (await RunsAsync(bot, 51)).Count.ShouldBe(51);
        (await UntilFactsAsync<IncidentFact.RunbookProposed>(bot, 1)).Count.ShouldBe(1);
    }

    private static string Book(string how, string name = "book") =>
        $$$"""
            runbook: {{{name}}}
            on: { alert: { match: { pod: "~.*" }, {{{how}}} } }
            steps: [ { id: count, uses: core/count@1, with: { key: "${{run.id}}" } } ]
            """;

    // The alerts that runs are for, once there are so many and the newest of them are over.
    private static async Task<IReadOnlyList<string>> RunsAsync(BotUnderTest bot, int count)
    {
        var runs = await bot.UntilAsync(async () =>
            await bot.Get<RunTable>().ListAsync(new RunQuery(Limit: 500), default) is { } rows
            && rows.Count >= count
            && rows.All(row => row.EndedAt is not null)
                ? rows
                : null
        );
        var alerts = new List<string>();
        foreach (var row in runs)
            alerts.Add(RunRows.Alert((await bot.Get<RunTable>().FindAsync(row.Id, default))!)!);
        return [.. alerts.Order(StringComparer.Ordinal)];
    }

    private static async Task<IReadOnlyList<T>> UntilFactsAsync<T>(BotUnderTest bot, int count)
        where T : IncidentFact =>
        await bot.UntilAsync(async () => await FactsAsync<T>(bot) is { } facts && facts.Count >= count ? facts : null);

    private static async Task<IReadOnlyList<T>> FactsAsync<T>(BotUnderTest bot)
        where T : IncidentFact
    {
        var facts = new List<T>();
        foreach (var logged in await bot.Get<ILogReader>().AfterAsync(0, 10_000, default))
        {
            if (FactFamilies.Catalog.TryRead(logged.Type, logged.Data, out var fact) && fact is T found)
                facts.Add(found);
        }

        return facts;
    }
}
