using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Bot.Log;
using Bot.Storage;
using Npgsql;
using Tests.Servers;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.Nodes;

/// <summary>Two real processes on one PostgreSQL: either may be stopped or killed at any instant, and the other goes on.</summary>
public sealed class TwoNodesTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private readonly string folder = Directory.CreateTempSubdirectory("incident-nodes-").FullName;
    private readonly string database = PostgresServer.Shared.NewDatabase();
    private Bell bell = null!;
    private BotProcess one = null!;
    private BotProcess two = null!;

    public async Task InitializeAsync()
    {
        bell = await Bell.StartAsync();
        Directory.CreateDirectory(Path.Combine(folder, "runbooks"));
        File.WriteAllText(
            Path.Combine(folder, "runbooks", "ring.yaml"),
            $$"""
            runbook: ring
            steps:
              - id: before
                uses: core/count@1
                with: { key: before }
              - id: ring
                uses: http/request@1
                with: { url: "{{bell.Address}}/ring" }
                timeout: 60s
              - id: after
                uses: core/count@1
                with: { key: after }
            """
        );
        File.WriteAllText(
            Path.Combine(folder, "routes.yaml"),
            """
            routes:
              - name: default
                page: { targets: [ "webhook:bell" ], every: 1h, attempts: 1 }
            """
        );
        one = Node("one");
        two = Node("two");
        await one.StartAsync();
        await two.StartAsync();
    }

    public async Task DisposeAsync()
    {
        one.Dispose();
        two.Dispose();
        await bell.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Alerts_at_both_nodes_are_one_incident_per_group_and_followers_of_both_see_every_fact()
    {
        const int groups = 20;
        await using var atOne = new LogFollower(one);
        await using var atTwo = new LogFollower(two);

        var accepted = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(i => (i % 2 == 0 ? one : two).DeliverAsync(Alert($"g{i / 2 % groups}", $"f{i}")))
        );

        accepted.ShouldAllBe(ok => ok);
        (await IncidentsAsync(two)).Count.ShouldBe(groups);
        var events = await EventsAsync();
        await atOne.UntilAsync(events[^1]);
        await atTwo.UntilAsync(events[^1]);
        atOne.Seen.Take(events.Count).ShouldBe(events);
        atTwo.Seen.Take(events.Count).ShouldBe(events);
    }

    [Fact]
    public async Task A_node_that_is_stopped_at_any_instant_of_a_storm_does_not_freeze_the_other()
    {
        var seed = Environment.GetEnvironmentVariable("INCIDENT_SEED") is { Length: > 0 } given ? int.Parse(given) : 20261124;
        var stops = Environment.GetEnvironmentVariable("INCIDENT_FAULTS") is "full" ? 40 : 3;
        output.WriteLine($"seed {seed}, {stops} stops");
        var chance = new Random(seed);
        var accepted = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        using var over = new CancellationTokenSource();
        var storm = Enumerable.Range(0, 4).Select(sender => Task.Run(() => SendAsync(one, $"one-{sender}", accepted, over.Token))).ToList();
        for (var stop = 0; stop < stops; stop++)
        {
            var before = accepted.Count;
            await Until.Holds(() => Task.FromResult(accepted.Count > before + chance.Next(5, 50)), "more alerts");
            one.Suspend();
            (await two.DeliverAsync(Alert("g0", $"two-{stop}"))).ShouldBeTrue();
            accepted[$"two-{stop}"] = true;
            one.Resume();
            (await one.DeliverAsync(Alert("g0", $"again-{stop}"))).ShouldBeTrue();
            accepted[$"again-{stop}"] = true;
        }

        await over.CancelAsync();
        await Task.WhenAll(storm);

        await EverythingIsThereAsync(accepted.Keys);
        (await IncidentsAsync(one)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_node_that_is_stopped_inside_its_transaction_loses_it_and_the_other_goes_on()
    {
        // The server is made slow for node one alone, so that it surely is in the middle when it is stopped.
        Execute(
            """
            create function slow() returns trigger language plpgsql as $$ begin
              if current_setting('application_name') = 'one' then perform pg_sleep(1); end if; return new; end $$
            """
        );
        Execute("create trigger slow before insert on deliveries for each row execute function slow()");
        var stuck = one.DeliverAsync(Alert("g0", "stuck"));
        await Until.Holds(() => Task.FromResult(Execute(Holding("one")) is true), "node one's lock");
        one.Suspend();

        (await two.DeliverAsync(Alert("g0", "other"))).ShouldBeTrue();

        Execute("drop trigger slow on deliveries");
        one.Resume();
        var answered = await stuck;
        (await one.DeliverAsync(Alert("g0", "after"))).ShouldBeTrue();
        await EverythingIsThereAsync(answered ? ["stuck", "other", "after"] : ["other", "after"]);
    }

    [Fact]
    public async Task A_run_of_a_stopped_node_is_taken_over_and_its_old_epoch_cannot_write()
    {
        var run = (await one.PostAsync("/api/v1/runs", new { runbook = "ring" })).GetProperty("id").GetString()!;
        var first = await bell.NextAsync();
        one.Suspend();
        var second = await bell.NextAsync();
        second.Answer(200);
        await Until.Holds(async () => await StateAsync(two, run) is "succeeded", "the end of the run");
        var head = (await EventsAsync())[^1];

        // Awake again, it still holds the answer of a step that is no longer its own.
        first.Answer(200);
        one.Resume();
        await Until.Holds(async () => await StateAsync(one, run) is "succeeded", "the run at node one");
        (await one.DeliverAsync(Alert("g0", "after"))).ShouldBeTrue();

        (await CountAsync("before")).ShouldBe(1);
        (await CountAsync("after")).ShouldBe(1);
        (await RunEventsAsync(run)).ShouldAllBe(position => position <= head);
    }

    [Fact]
    public async Task Runs_and_effects_of_a_killed_node_are_taken_over()
    {
        two.Suspend();
        (await one.DeliverAsync(Alert("g0", "a"))).ShouldBeTrue();
        var page = await bell.NextAsync();
        page.Line.ShouldBe("POST /page");
        two.Resume();
        one.Kill();

        var again = await bell.NextAsync();
        (again.Line, again.Key).ShouldBe((page.Line, page.Key));
        again.Answer(200);

        await Until.Holds(
            async () => (await TimelineAsync("inc-1")).Count(type => type is "incident.page-sent") == 1,
            "the fact of the page",
            async () => string.Join(", ", await TimelineAsync("inc-1"))
        );
        await one.StartAsync();
        (await TimelineAsync("inc-1")).Count(type => type is "incident.page-sent").ShouldBe(1);
    }

    [Fact]
    public async Task Sessions_that_die_during_commits_cost_nobody_a_false_answer()
    {
        using var over = new CancellationTokenSource();
        var killer = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                Execute(
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and application_name in ('one', 'two')"
                );
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        });

        var declared = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => DeclareUntilAnsweredAsync($"incident {i}", $"key-{i}")));
        await over.CancelAsync();
        await killer;
        var again = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => DeclareUntilAnsweredAsync($"incident {i}", $"key-{i}")));

        again.ShouldBe(declared);
        // A session that was killed while it lay in the pool is noticed by the read that draws it.
        var found = await Until.Comes(() => TryIncidentsAsync(two), "an answer to a read");
        found.Order(StringComparer.Ordinal).ShouldBe(declared.Order(StringComparer.Ordinal));
        await EventsAsync();
    }

    private BotProcess Node(string name) =>
        new(
            $"{database};Application Name={name}",
            name,
            new Dictionary<string, string>
            {
                ["Node__Lease"] = "00:00:03",
                ["Config__Path"] = folder,
                ["Runbooks__Paths__0"] = Path.Combine(folder, "runbooks"),
                ["Paging__Webhooks__bell__Url"] = bell.Address + "/page",
            }
        );

    private static byte[] Alert(string group, string fingerprint) => Payload.Alertmanager(group, 0, (fingerprint, true, Start));

    private static async Task SendAsync(BotProcess bot, string sender, ConcurrentDictionary<string, bool> accepted, CancellationToken over)
    {
        for (var i = 0; !over.IsCancellationRequested; i++)
        {
            if (await bot.DeliverAsync(Alert("g0", $"{sender}-{i}")))
                accepted[$"{sender}-{i}"] = true;
        }
    }

    /// <summary>As a careful client: the same key again until there is an answer; each time at the other node.</summary>
    private async Task<string> DeclareUntilAnsweredAsync(string title, string key)
    {
        for (var attempt = 0; ; attempt++)
        {
            var bot = attempt % 2 == 0 ? one : two;
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/incidents");
            request.Content = new StringContent(JsonSerializer.Serialize(new { title }), null, "application/json");
            request.Headers.Authorization = new("Bearer", BotProcess.AdminToken);
            request.Headers.Add("Idempotency-Key", key);
            using var response = await bot.Http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            if ((int)response.StatusCode == 201)
                return JsonElement.Parse(text).GetProperty("id").GetString()!;
            ((int)response.StatusCode).ShouldBe(503, text);
        }
    }

    private static async Task<IReadOnlyList<string>> IncidentsAsync(BotProcess bot) =>
        [
            .. (await bot.GetAsync("/api/v1/incidents?limit=500"))
                .GetProperty("items")
                .EnumerateArray()
                .Select(incident => incident.GetProperty("id").GetString()!),
        ];

    /// <returns>Null if the bot answered that it cannot tell now.</returns>
    private static async Task<IReadOnlyList<string>?> TryIncidentsAsync(BotProcess bot)
    {
        try
        {
            return await IncidentsAsync(bot);
        }
        catch (HttpRequestException e) when (e.StatusCode is HttpStatusCode.ServiceUnavailable)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<string>> TimelineAsync(string incident) =>
        [
            .. (await two.GetAsync($"/api/v1/incidents/{incident}/timeline?limit=500"))
                .GetProperty("items")
                .EnumerateArray()
                .Select(entry => entry.GetProperty("type").GetString()!),
        ];

    private static async Task<string?> StateAsync(BotProcess bot, string run) =>
        (await bot.GetAsync("/api/v1/runs/" + run)).GetProperty("state").GetString();

    private async Task EverythingIsThereAsync(IEnumerable<string> fingerprints)
    {
        await EventsAsync();
        await using var store = new Bot.Storage.Postgres.PostgresStore(database);
        var alerts = new AlertTable(store);
        foreach (var fingerprint in fingerprints)
            (await alerts.FindAsync(BotProcess.Source, fingerprint, default)).ShouldNotBeNull(fingerprint);
    }

    /// <summary>All positions; without a gap, and with every chain whole.</summary>
    private async Task<IReadOnlyList<long>> EventsAsync()
    {
        await using var store = new Bot.Storage.Postgres.PostgresStore(database);
        return await WholeLog.ReadAsync(new EventTable(store));
    }

    private async Task<IEnumerable<long>> RunEventsAsync(string run)
    {
        await using var store = new Bot.Storage.Postgres.PostgresStore(database);
        return (await new EventTable(store).OfStreamAsync(StreamId.Run(run), default)).Select(logged => logged.Position);
    }

    private Task<long> CountAsync(string key) => Task.FromResult((long)(Execute($"select count from counts where key = '{key}'") ?? 0L));

    private static string Holding(string node) =>
        $"""
            select exists (select from pg_locks held join pg_stat_activity session on session.pid = held.pid
              where held.locktype = 'advisory' and held.granted and session.application_name = '{node}' and session.wait_event = 'PgSleep'
                and session.datname = current_database())
            """;

    private object? Execute(string sql) => PostgresServer.Shared.Execute(new NpgsqlConnectionStringBuilder(database).Database!, sql);
}
