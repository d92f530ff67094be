using System.Net;
using Npgsql;
using Tests.Servers;
using Tests.Storage;
using Tests.Support;

namespace Tests.Nodes;

/// <summary>PostgreSQL goes away under a running bot, as by a power cut, and comes back.</summary>
public sealed class ServerLostTests : IDisposable
{
    private readonly PostgresServer server = new();
    private readonly string folder = Directory.CreateTempSubdirectory("incident-lost-").FullName;

    public void Dispose()
    {
        server.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_lost_server_is_shown_and_followers_outbox_and_leases_go_on_when_it_is_back()
    {
        await using var bell = await Bell.StartAsync();
        File.WriteAllText(
            Path.Combine(folder, "routes.yaml"),
            """
            routes:
              - name: default
                page: { targets: [ "webhook:bell" ], every: 1h, attempts: 1 }
            """
        );
        File.WriteAllText(
            Path.Combine(folder, "count.yaml"),
            """
            runbook: count
            steps:
              - id: once
                uses: core/count@1
                with: { key: once }
            """
        );
        using var bot = new BotProcess(
            server.NewDatabase(),
            "one",
            new Dictionary<string, string>
            {
                ["Config__Path"] = folder,
                ["Runbooks__Paths__0"] = folder,
                ["Paging__Webhooks__bell__Url"] = bell.Address + "/page",
            }
        );
        await bot.StartAsync();
        await using var follower = new LogFollower(bot);
        (await bot.DeliverAsync(LostStore.Alert("before"))).ShouldBeTrue();
        (await bell.NextAsync()).Answer(200);
        await follower.UntilAsync(2);

        server.StopImmediately();
        await LostStore.ShowsAsync(bot, "does not take writes");
        server.StartAgain();
        await LostStore.RecoversAsync(bot);

        // A new incident: its page goes through the outbox, its facts to the follower that never hung up.
        (await bot.DeliverAsync(Payload.Alertmanager("other", 0, ("x", true, DateTimeOffset.UnixEpoch.AddYears(56))))).ShouldBeTrue();
        (await bell.NextAsync()).Answer(200);
        var run = (await bot.PostAsync("/api/v1/runs", new { runbook = "count" })).GetProperty("id").GetString();
        await Until.Holds(
            async () => (await bot.GetAsync("/api/v1/runs/" + run)).GetProperty("state").GetString() is "succeeded",
            "the end of a run"
        );
        var head = (await bot.GetAsync("/api/v1/incidents/inc-2/timeline")).GetProperty("items")[0].GetProperty("position").GetInt64();
        await follower.UntilAsync(head);
        follower.Seen.ShouldBe(Enumerable.Range(1, follower.Seen.Count).Select(position => (long)position));
    }

    [Fact]
    public async Task A_bot_that_starts_before_its_server_waits_for_it()
    {
        using var bot = new BotProcess(server.NewDatabase());
        server.StopImmediately();
        var started = bot.StartAsync();
        await Until.Holds(() => Task.FromResult(bot.Written.Contains("not there yet", StringComparison.Ordinal)), "the word that it waits");

        server.StartAgain();

        await started;
        (await LostStore.ReadyAsync(bot)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_server_that_refuses_us_ends_the_start_with_a_sentence()
    {
        var nowhere = new NpgsqlConnectionStringBuilder(server.NewDatabase()) { Database = "not_there" };
        using var bot = new BotProcess(nowhere.ToString());

        await Should.ThrowAsync<InvalidOperationException>(bot.StartAsync());

        bot.Written.ShouldContain("PostgreSQL cannot be used");
        bot.Written.ShouldContain("Storage:ConnectionString");
        bot.Written.ShouldNotContain("   at ");
    }
}
