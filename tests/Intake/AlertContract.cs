using Bot.Alerts;
using Bot.Desk;
using Bot.Incidents;
using Bot.Intake;
using Bot.Log;
using Bot.Storage;
using Integrations;
using Integrations.Alertmanager;
using Microsoft.Extensions.Time.Testing;
using Tests.Servers;
using Tests.Support;

namespace Tests.Intake;

/// <summary>From a delivery to an incident, on every database.</summary>
public abstract class AlertContract : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider time = new(Noon);
    private DeskUnderTest bot = null!;
    private string database = "";
    private int deliveries;

    private protected abstract string NewDatabase();

    public Task InitializeAsync()
    {
        database = NewDatabase();
        bot = new DeskUnderTest(database, time);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task A_firing_alert_declares_one_incident_and_calls_somebody()
    {
        await DeliverAsync(Payload.Read("alertmanager/alertmanager-firing.json"));

        var incident = (await OpenAsync()).ShouldHaveSingleItem();
        incident.State.ShouldBe(IncidentState.Triage);
        incident.Severity.ShouldBe(Severity.Sev1);
        incident.Service.ShouldBe("checkout");
        incident.Firing.ShouldBe(1);
        incident.ImpactStartedAt.ShouldBeLessThan(incident.DeclaredAt);
    }

    [Fact]
    public async Task The_same_alert_a_thousand_times_is_one_incident_and_a_count()
    {
        var body = Payload.Alertmanager("g", 0, ("a", true, Noon));
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => DeliverAsync(body)));

        (await OpenAsync()).ShouldHaveSingleItem().Alerts.ShouldBe(1);
        (await bot.Get<AlertTable>().FindAsync("am", "a", default)).ShouldNotBeNull().Seen.ShouldBe(1000);
        (await bot.Get<ILogReader>().AfterAsync(0, 100, default)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Ten_thousand_alerts_of_one_group_are_one_incident()
    {
        await Task.WhenAll(
            Enumerable
                .Range(0, 100)
                .Select(i =>
                    DeliverAsync(Payload.Alertmanager("g", 0, [.. Enumerable.Range(0, 100).Select(j => ($"f{i}-{j}", true, Noon))]))
                )
        );

        var incident = (await OpenAsync()).ShouldHaveSingleItem();
        incident.Alerts.ShouldBe(10_000);
        incident.Firing.ShouldBe(10_000);
    }

    // A store may take alerts for new where many were: what came before must be found all the same, in whatever shape it comes again.
    [Theory]
    [InlineData("a", true, 1, 2)]
    [InlineData("a", false, 0, 2)]
    [InlineData("c", true, 2, 1)]
    public async Task In_a_storm_of_new_alerts_what_came_before_is_known(string alert, bool firing, int open, int seen)
    {
        await StormAfterAsync(Payload.Alertmanager("before", 0, ("a", true, Noon)));

        await DeliverAsync(Payload.Alertmanager("before", 0, (alert, firing, Noon)));

        var incidents = await bot.Get<IncidentTable>().ListAsync(new IncidentQuery(), default);
        incidents.Count.ShouldBe(21);
        incidents.Single(incident => incident.Number == 1).Firing.ShouldBe(open);
        var row = (await bot.Get<AlertTable>().FindAsync("am", alert, default)).ShouldNotBeNull();
        row.Seen.ShouldBe(seen);
        row.Incident.ShouldBe(1);
    }

    [Fact]
    public async Task In_a_storm_of_new_alerts_who_only_asks_is_told_what_is_there()
    {
        await StormAfterAsync(Payload.Alertmanager("before", 0, ("a", true, Noon)));

        (await bot.Desk.SubmitAsync(new Known("a", "before"), default)).ShouldBe((1, 1));
        (await bot.Desk.SubmitAsync(new Known("none", "none"), default)).ShouldBe((null, null));
    }

    [Fact]
    public async Task A_group_resolves_when_its_last_member_does()
    {
        await DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon), ("b", true, Noon)));
        await DeliverAsync(Payload.Alertmanager("g", 0, ("a", false, Noon), ("b", true, Noon)));
        (await OpenAsync()).ShouldHaveSingleItem().Firing.ShouldBe(1);

        await DeliverAsync(Payload.Alertmanager("g", 0, ("a", false, Noon), ("b", false, Noon)));
        (await OpenAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_truncated_group_never_resolves_what_it_hides()
    {
        await DeliverAsync(Payload.Read("alertmanager/alertmanager-truncated.json"));
        var id = await DeliverAsync(Payload.Read("alertmanager/alertmanager-truncated-resolved.json"));

        (await OpenAsync()).ShouldHaveSingleItem();
        var delivery = (await bot.Get<DeliveryTable>().FindAsync(id, default)).ShouldNotBeNull();
        delivery.Trace.ShouldContain(stage => stage.Stage == "incident" && stage.Reason.Contains("stays open", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refire_inside_the_cooldown_reopens_the_same_incident_and_counts_the_flap()
    {
        await DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon)));
        await DeliverAsync(Payload.Alertmanager("g", 0, ("a", false, Noon)));
        time.Advance(TimeSpan.FromMinutes(5));
        await DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon.AddMinutes(4))));

        var incident = (await OpenAsync()).ShouldHaveSingleItem();
        incident.Number.ShouldBe(1);
        incident.Flaps.ShouldBe(1);
        incident.Firing.ShouldBe(1);
    }

    [Fact]
    public async Task A_refire_after_the_cooldown_is_a_new_incident()
    {
        await DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon)));
        await DeliverAsync(Payload.Alertmanager("g", 0, ("a", false, Noon)));
        time.Advance(TimeSpan.FromMinutes(31));
        await DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon.AddMinutes(30))));

        (await OpenAsync()).ShouldHaveSingleItem().Number.ShouldBe(2);
    }

    [Fact]
    public async Task An_alert_in_an_open_incident_stays_there_when_its_group_key_changes()
    {
        await DeliverAsync(Payload.Alertmanager("old", 0, ("a", true, Noon)));
        await DeliverAsync(Payload.Alertmanager("new", 0, ("a", true, Noon.AddMinutes(1))));

        (await OpenAsync()).ShouldHaveSingleItem().Firing.ShouldBe(1);
    }

    [Fact]
    public async Task Alerts_of_a_merged_incident_go_to_the_one_that_lives_on()
    {
        await DeliverAsync(Payload.Alertmanager("one", 0, ("a", true, Noon)));
        await DeliverAsync(Payload.Alertmanager("two", 0, ("b", true, Noon)));
        await MergeAsync(1, 2);
        await DeliverAsync(Payload.Alertmanager("one", 0, ("c", true, Noon)));

        (await OpenAsync()).ShouldHaveSingleItem().Number.ShouldBe(2);
        (await bot.Get<AlertTable>().FindAsync("am", "c", default)).ShouldNotBeNull().Incident.ShouldBe(2);
    }

    [Fact]
    public async Task Hidden_members_of_a_merged_incident_keep_the_one_that_lives_on_open()
    {
        await DeliverAsync(Payload.Alertmanager("one", 3, ("a", true, Noon)));
        await DeliverAsync(Payload.Alertmanager("two", 0, ("b", true, Noon)));
        await MergeAsync(1, 2);
        await DeliverAsync(Payload.Alertmanager("one", 3, ("a", false, Noon)));
        await DeliverAsync(Payload.Alertmanager("two", 0, ("b", false, Noon)));

        var survivor = (await OpenAsync()).ShouldHaveSingleItem();
        (survivor.Number, survivor.Firing).ShouldBe((2, 0));
        survivor.HiddenByGroup.ShouldBe([new("am|one", 3)]);

        await DeliverAsync(Payload.Alertmanager("one", 0, ("a", false, Noon)));
        (await OpenAsync()).ShouldBeEmpty("nothing is hidden any more, and nothing fires");
    }

    [Fact]
    public async Task A_missed_resolve_of_a_merged_incidents_alert_is_counted_once()
    {
        await DeliverAsync(Payload.Alertmanager("one", 0, ("a", true, Noon)));
        await DeliverAsync(Payload.Alertmanager("two", 0, ("b", true, Noon)));
        await MergeAsync(1, 2);
        await DeliverAsync(Payload.Alertmanager("one", 0, ("a", true, Noon.AddMinutes(1))));

        (await OpenAsync()).ShouldHaveSingleItem().Firing.ShouldBe(2);
        await DeliverAsync(Payload.Alertmanager("one", 0, ("a", false, Noon.AddMinutes(1))));
        await DeliverAsync(Payload.Alertmanager("two", 0, ("b", false, Noon)));
        (await OpenAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_late_resolve_of_an_older_episode_changes_nothing()
    {
        await DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon.AddMinutes(-1))));
        await DeliverAsync(Payload.Alertmanager("g", 0, ("a", false, Noon.AddMinutes(-30))));

        (await OpenAsync()).ShouldHaveSingleItem().Firing.ShouldBe(1);
    }

    [Fact]
    public async Task Each_delivery_can_be_asked_why()
    {
        var id = await DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon)));

        var delivery = (await bot.Get<DeliveryTable>().FindAsync(id, default)).ShouldNotBeNull();
        delivery.Verdict.ShouldBe("accepted");
        delivery.Incident.ShouldBe(1);
        delivery.Trace.Select(stage => stage.Stage).ShouldBe(["verify", "group", "route", "deduplicate", "incident"]);
    }

    private async Task<string> DeliverAsync(byte[] body)
    {
        var batch = new AlertmanagerSource().Parse(body).ShouldBeOfType<ParseResult.Parsed>().Batch;
        var id = $"d{Interlocked.Increment(ref deliveries)}";
        var delivery = new AlertDelivery(id, "am", RouteBook.Default, batch, "{}"u8.ToArray(), body, "identity", "by the test");
        await bot.Desk.SubmitAsync(new AlertDeliveryWork(delivery), default);
        return id;
    }

    private async Task StormAfterAsync(byte[] before)
    {
        await DeliverAsync(before);
        await bot.DisposeAsync();
        bot = new DeskUnderTest(database, time);
        for (var i = 0; i < 20; i++)
            await DeliverAsync(Payload.Alertmanager($"storm {i}", 0, ($"s{i}", true, Noon)));
    }

    private async Task MergeAsync(int one, int into) =>
        (
            await bot.Desk.SubmitAsync(new IncidentWork(one, new IncidentCommand.Merge(into), Actor.User("anna")), default)
        ).ShouldBeOfType<Decision.Accepted>();

    private Task<IReadOnlyList<Incident>> OpenAsync() => bot.Get<IncidentTable>().ListAsync(new IncidentQuery(Open: true), default);

    private sealed class Known(string alert, string group) : DeskWork<(int? Alert, int? Group)>
    {
        private readonly AlertKey key = new("am", alert);

        public override void Prefetch(LogWants wanted)
        {
            wanted.Alerts.Add(key);
            wanted.Groups.Add((key.Source, group));
        }

        public override (int? Alert, int? Group) Decide(IDraft draft) =>
            (draft.Alert(key)?.Incident, draft.GroupIncident(key.Source, group));
    }
}

public sealed class SqliteAlertTests : AlertContract
{
    private protected override string NewDatabase() => $"Data Source={Directory.CreateTempSubdirectory("incident-").FullName}/incident.db";
}

public sealed class PostgresAlertTests : AlertContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
