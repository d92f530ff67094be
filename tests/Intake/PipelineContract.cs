using Bot.Access;
using Bot.Alerts;
using Bot.Intake;
using Bot.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Tests.Servers;
using Tests.Support;

namespace Tests.Intake;

/// <summary>What comes before grouping: silence, maintenance, inhibition, flaps; through the front door, on every database.</summary>
public abstract class PipelineContract : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider time = new(Noon);
    private BotUnderTest bot = null!;
    private HttpClient anna = null!;

    private protected abstract string NewDatabase();

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync(
            settings: new Dictionary<string, string?> { ["Storage:ConnectionString"] = NewDatabase() },
            services: services => services.AddSingleton<TimeProvider>(time)
        );
        anna = await bot.TokenAsync(Role.Responder, "anna");
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task A_silenced_alert_opens_nothing_and_is_heard_of_when_the_silence_ends()
    {
        await SayAsync("/incident silence pod=~a.* service=shop 30m Disks are replaced");
        var delivery = await FiresAsync("g", "a1");
        await FiresAsync("g", "a1");

        (await OpenAsync()).ShouldBeEmpty();
        (await StagesAsync(delivery))["silence"].ShouldContain("Disks are replaced");

        time.Advance(TimeSpan.FromMinutes(31));
        var incident = await bot.UntilAsync(async () => await OpenAsync() is [var first, ..] ? first : null);
        (incident.Alerts, incident.Firing, incident.Service).ShouldBe((1, 1, "shop"));
        (await bot.Get<AlertTable>().FindAsync(BotUnderTest.Source, "a1", default)).ShouldNotBeNull().Incident.ShouldBe(1);
    }

    [Fact]
    public async Task What_a_silence_does_not_fit_is_heard_of()
    {
        await SayAsync("/incident silence pod=b 30m Known");
        await FiresAsync("g", "a");

        (await OpenAsync()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_alert_that_resolved_during_its_silence_never_opens_anything()
    {
        await SayAsync("/incident silence pod=a 30m Known");
        await FiresAsync("g", "a");
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", false, Noon)));
        await FiresAsync("other", "b");
        await SayAsync("/incident silence end 1");
        // The release of what the silence held is carried out when its effect is.
        await bot.UntilAsync(async () =>
            (await bot.Get<EffectTable>().PendingAsync(ReleaseHeld.Kind, ReleaseHeld.KeyOf(1), 10, default)).All(row =>
                row.Read<ReleaseHeld>().Delivery is not null
            )
                ? "done"
                : null
        );

        (await OpenAsync()).ShouldHaveSingleItem().Alerts.ShouldBe(1);
    }

    [Fact]
    public async Task A_silence_that_is_ended_early_lets_through_what_still_fires()
    {
        await SayAsync("/incident silence pod=a 30d Known");
        await FiresAsync("g", "a");
        (await OpenAsync()).ShouldBeEmpty();

        await SayAsync("/incident silence end 1");
        (await bot.UntilAsync(async () => await OpenAsync() is [var first, ..] ? first : null)).Firing.ShouldBe(1);
        (await SayAsync("/incident silence end 1")).ShouldContain("over already");
    }

    [Fact]
    public async Task A_repeat_after_a_silence_brings_its_alert_in()
    {
        await SayAsync("/incident silence pod=a 10m Known");
        await FiresAsync("g", "a", "b");
        (await OpenAsync()).ShouldHaveSingleItem().Firing.ShouldBe(1);

        time.Advance(TimeSpan.FromMinutes(11));
        await FiresAsync("g", "a", "b");
        (await OpenAsync()).ShouldHaveSingleItem().Firing.ShouldBe(2);
    }

    [Fact]
    public async Task Maintenance_holds_back_one_service_from_its_begin_to_its_end()
    {
        await SayAsync("/incident maintenance shop --from +10m 1h Upgrade");
        await FiresAsync("before", "a");
        (await OpenAsync()).Count.ShouldBe(1);

        time.Advance(TimeSpan.FromMinutes(15));
        var delivery = await FiresAsync("during", "b");
        (await OpenAsync()).Count.ShouldBe(1);
        (await StagesAsync(delivery))["maintenance"].ShouldContain("service shop");
    }

    [Theory]
    [InlineData("/incident silence 2h Everything", "matchers are missing")]
    [InlineData("/incident silence pod=~.* 2h Everything", "every alert")]
    [InlineData("/incident silence pod=~( 2h Why", "no pattern")]
    [InlineData("/incident silence pod=a soon Why", "for 'soon'")]
    [InlineData("/incident silence pod=a 2h", "reason is missing")]
    [InlineData("/incident silence pod=a 900d Why", "At most 90 days")]
    [InlineData("/incident silence end 7", "There is none")]
    [InlineData("/incident silence end x", "Give its number")]
    [InlineData("/incident maintenance shop --until 2020-01-01T00:00:00Z Why", "must lie in the future")]
    public async Task A_silence_that_makes_no_sense_is_refused(string line, string why)
    {
        var (accepted, reply) = await BotUnderTest.TrySayAsync(anna, line);

        accepted.ShouldBeFalse(reply);
        reply.ShouldContain(why);
    }

    [Fact]
    public async Task Alerts_of_a_service_join_the_open_incident_of_what_it_stands_on()
    {
        await ConfigureAsync("services.yaml", "services:\n  shop: { stands-on: payments }\n  payments: { stands-on: [ db ] }\n");
        await SayAsync("/incident declare Database is down --service db");

        var delivery = await FiresAsync("g1", "a");
        await FiresAsync("g2", "b");

        (await StagesAsync(delivery))["inhibition"].ShouldContain("joins inc-1");
        (await OpenAsync()).ShouldHaveSingleItem().Firing.ShouldBe(2);

        await SayAsync("/incident resolve The database is back", "inc-1");
        time.Advance(TimeSpan.FromHours(1));
        await FiresAsync("g3", "c");
        (await OpenAsync()).ShouldHaveSingleItem().Number.ShouldBe(2, "nothing is open below it any more");
    }

    [Fact]
    public async Task A_flapping_alert_does_not_resolve_its_incident_for_ever()
    {
        var minute = 0;
        for (var episode = 0; episode < 4; episode++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon.AddMinutes(++minute))));
            await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", false, Noon.AddMinutes(minute))));
        }

        var incident = (await OpenAsync()).ShouldHaveSingleItem();
        (incident.Number, incident.Flaps, incident.Firing).ShouldBe((1, 3, 0));
        await SayAsync("/incident resolve", "inc-1");
        (await OpenAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Routes_change_with_their_file_and_a_broken_file_changes_nothing_but_is_shown()
    {
        await ConfigureAsync("routes.yaml", "routes:\n  - name: loud\n    severity: sev1\n");
        await FiresAsync("one", "a");
        (await OpenAsync()).ShouldHaveSingleItem().Severity.ShouldBe(Bot.Incidents.Severity.Sev1);

        await ConfigureAsync("routes.yaml", "routes:\n  - name: broken\n    severity: bad\n    page: { targets: [ role:boss ] }\n");
        await FiresAsync("two", "b");
        (await OpenAsync()).ShouldAllBe(incident => incident.Severity == Bot.Incidents.Severity.Sev1);
        var admin = await bot.PersonAsync("root", Role.Admin);
        var health = await admin.GetStringAsync(new Uri("/health", UriKind.Relative));
        health.ShouldContain("routes.yaml:3:15");
        health.ShouldContain("role:boss");

        await ConfigureAsync("routes.yaml", "routes:\n  - name: calm\n    severity: sev4\n");
        bot.Get<ConfigShelf>().Problems.ShouldBeEmpty();
        await FiresAsync("three", "c");
        (await OpenAsync()).ShouldContain(incident => incident.Severity == Bot.Incidents.Severity.Sev4);
    }

    private async Task ConfigureAsync(string file, string text)
    {
        await File.WriteAllTextAsync(Path.Combine(bot.ConfigFolder, file), text);
        bot.Get<ConfigShelf>().Reload();
    }

    private Task<string> FiresAsync(string group, params string[] fingerprints) =>
        bot.DeliverAsync(Payload.Alertmanager(group, 0, [.. fingerprints.Select(fingerprint => (fingerprint, true, Noon))]));

    private Task<string> SayAsync(string text, string? channel = null) => BotUnderTest.SayAsync(anna, text, channel);

    private Task<IReadOnlyList<Bot.Incidents.Incident>> OpenAsync() =>
        bot.Get<IncidentTable>().ListAsync(new IncidentQuery(Open: true), default);

    private async Task<IReadOnlyDictionary<string, string>> StagesAsync(string delivery)
    {
        var shown = await BotUnderTest.JsonAsync(anna, "/api/v1/deliveries/" + delivery);
        return shown
            .GetProperty("trace")
            .EnumerateArray()
            .ToDictionary(stage => stage.GetProperty("stage").GetString()!, stage => stage.GetProperty("reason").GetString()!);
    }
}

public sealed class SqlitePipelineTests : PipelineContract
{
    private protected override string NewDatabase() => $"Data Source={Directory.CreateTempSubdirectory("incident-").FullName}/incident.db";
}

public sealed class PostgresPipelineTests : PipelineContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
