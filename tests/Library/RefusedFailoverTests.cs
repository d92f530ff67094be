using System.Globalization;
using Tests.Servers;
using Tests.Support;

namespace Tests.Library;

/// <summary>The shipped failover, where a Sentinel refuses it for a moment: what it knows of the replica is a few seconds old.</summary>
public sealed class RefusedFailoverTests : IAsyncLifetime
{
    private const string Secret = PlanStage.Secret;
    private readonly string folder = Directory.CreateTempSubdirectory("incident-failover-").FullName;
    private RedisServers redis = null!;

    public Task InitializeAsync()
    {
        redis = new RedisServers(folder, Secret, sentinels: true);
        return redis.UntilReadyAsync(sentinels: true);
    }

    public Task DisposeAsync()
    {
        redis.Dispose();
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_replica_is_promoted_although_no_quorum_takes_the_primary_for_down()
    {
        foreach (var port in redis.SentinelPorts)
            await redis.AskAsync(port, $"SENTINEL SET {RedisServers.Shard} quorum 3");
        // It is there and sees no fault, so that the others do not ask the replica more often.
        await redis.AskAsync(redis.SentinelPorts[2], $"SENTINEL SET {RedisServers.Shard} down-after-milliseconds 600000");
        using var bot = new BotProcess(
            $"Data Source={folder}/incident.db",
            more: new Dictionary<string, string> { ["REDIS_PASSWORD"] = Secret, ["REDIS_SENTINEL_PASSWORD"] = Secret }
        );
        await bot.StartAsync();
        // Who is asked now knows nothing newer than 5 s when it is told to fail over, and asks the replica again at 10 s.
        await Until.Holds(
            async () => int.Parse(await ToldAsync("REPLICAS", "info-refresh"), CultureInfo.InvariantCulture) is > 3_800 and < 5_000,
            "what is old enough"
        );
        redis.Kill(redis.First);
        await Until.Holds(
            async () => (await ToldAsync("MASTER", "flags")).Contains("s_down", StringComparison.Ordinal),
            "a primary that is down"
        );

        var started = await bot.PostAsync(
            "/api/v1/runs",
            new { runbook = "redis-primary-down", inputs = new { shard = RedisServers.Shard, sentinels = redis.Sentinels } },
            "start"
        );

        var run = "/api/v1/runs/" + started.GetProperty("id").GetString();
        await Until.Holds(
            async () =>
            {
                var now = await bot.GetAsync(run);
                await bot.ApproveAsync(now);
                return now.GetProperty("state").GetString() is "succeeded";
            },
            "the repair",
            async () => await bot.GetAsync(run) + bot.Written
        );
        (await redis.AskAsync(redis.Second, "INFO replication")).ShouldContain("role:master");
    }

    private async Task<string> ToldAsync(string what, string name)
    {
        var lines = (await redis.AskAsync(redis.SentinelPorts[0], $"SENTINEL {what} {RedisServers.Shard}")).Split('\n');
        return lines[Array.IndexOf(lines, name) + 1];
    }
}
