using Tests.Servers;
using Xunit.Abstractions;

namespace Tests.GameDays;

/// <summary>
/// The primary of a Redis shard dies, and its Sentinels are too patient to do something about it. The bot's own probe sees it; the
/// runbook has a replica promoted.
/// </summary>
public sealed class RedisGameDay(ITestOutputHelper output) : GameDay(output)
{
    private static readonly TimeSpan Patient = TimeSpan.FromMinutes(10);
    private RedisServers redis = null!;

    public override async Task InitializeAsync()
    {
        redis = Started(new RedisServers(Folder, Secret, sentinels: true, downAfter: Patient));
        await redis.UntilReadyAsync(sentinels: true);
        await StartBotAsync(
            new Dictionary<string, string> { ["REDIS_PASSWORD"] = Secret, ["REDIS_SENTINEL_PASSWORD"] = Secret },
            $$$"""
              - name: redis-shop
                uses: redis/ping@1
                with: { address: "127.0.0.1:{{{redis.First}}}", password: "${{ inputs.password }}" }
                secrets: { password: "env:REDIS_PASSWORD" }
                expect: result.ok
                every: 1s
                fail-after: 2
                resolve-after: 1
                labels: { alertname: RedisPrimaryDown, shard: {{{RedisServers.Shard}}}, address: "127.0.0.1:{{{redis.First}}}", severity: critical }
            """
        );
    }

    [Theory]
    [MemberData(nameof(Repetitions))]
    public async Task A_primary_that_died_is_replaced_although_the_bot_dies_at_a_random_step(int seed)
    {
        await PlayAsync(
            seed,
            new Play(
                "redis-primary-down",
                new(["topology", "ours", "still-down", "someone-to-promote"], ["failover"], ["promoted", "answers", "note"]),
                () =>
                {
                    redis.Kill(redis.First);
                    return Task.CompletedTask;
                },
                new
                {
                    shard = RedisServers.Shard,
                    address = $"127.0.0.1:{redis.First}",
                    sentinels = redis.Sentinels,
                }
            )
            {
                Happened = async () =>
                    (await redis.AskAsync(redis.Second, "INFO replication")).Contains("role:master", StringComparison.Ordinal),
                Afterwards = () =>
                {
                    redis.StartRedis(redis.First);
                    return Task.CompletedTask;
                },
            }
        );

        (await redis.AskAsync(redis.Second, "INFO replication")).ShouldContain("role:master");
        (await redis.AskAsync(redis.Second, "SET repaired yes")).ShouldContain("OK");
        foreach (var sentinel in redis.SentinelPorts)
            (await redis.AskAsync(sentinel, $"SENTINEL MASTER {RedisServers.Shard}")).ShouldContain("config-epoch\n1\n");
    }
}
