using Tests.Servers;
using Xunit.Abstractions;

namespace Tests.GameDays;

/// <summary>A client program asks one Redis as fast as it can. The bot's own probe counts; the runbook switches that program's account off.</summary>
public sealed class HotShardGameDay(ITestOutputHelper output) : GameDay(output)
{
    private RedisServers redis = null!;

    private string Address => $"127.0.0.1:{redis.First}";

    public override async Task InitializeAsync()
    {
        redis = Started(new RedisServers(Folder, Secret));
        await redis.UntilReadyAsync();
        foreach (var account in (string[])["reports", "shop"])
            await redis.AskAsync(redis.First, $"ACL SETUSER {account} on nopass +@all");
        await StartBotAsync(
            new Dictionary<string, string> { ["REDIS_PASSWORD"] = Secret },
            $$$"""
              - name: shard-1
                uses: redis/command@1
                with: { address: "{{{Address}}}", password: "${{ inputs.password }}", command: INFO, arguments: [stats], reads: true }
                secrets: { password: "env:REDIS_PASSWORD" }
                expect: fromJSON(trim(split(split(result.answer, 'instantaneous_ops_per_sec:')[1], fromJSON('"\n"'))[0])) < 100
                every: 1s
                fail-after: 2
                resolve-after: 1
                labels: { alertname: HotShard, address: "{{{Address}}}", account: reports, severity: warning }
            """
        );
    }

    [Theory]
    [MemberData(nameof(Repetitions))]
    public async Task A_hot_shard_cools_down_although_the_bot_dies_at_a_random_step(int seed)
    {
        await PlayAsync(
            seed,
            new Play(
                "hot-shard",
                new(["look", "what", "own", "account", "clients", "replicas", "tell"], ["stop", "close"], ["well", "note"]),
                () =>
                {
                    Started(redis.Load(Folder, "reports"));
                    return redis.UntilBusyAsync();
                },
                new
                {
                    address = Address,
                    account = "reports",
                    well = 100,
                }
            )
        );

        var accounts = await redis.AskAsync(redis.First, "ACL LIST");
        accounts.ShouldContain("user reports off");
        accounts.ShouldContain("user shop on");
    }
}
