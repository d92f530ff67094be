using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;
using StackExchange.Redis;

namespace Integrations.Redis;

public sealed record SentinelTopologyResult(
    [Description("The primary, as the Sentinels see it.")] SentinelNode Primary,
    [Description("Its replicas.")] IReadOnlyList<SentinelNode> Replicas,
    [Description("How many of them could be promoted: they are up, and have another priority than 0.")] int Promotable,
    [Description("Grows with each failover.")] long Epoch,
    [Description("How many Sentinels watch it, this one included.")] long Sentinels,
    [Description("How many have to agree that it is down.")] long Quorum,
    [Description("Whether enough Sentinels are there for a failover.")] bool CanFailOver,
    [Description("Whether the Sentinel that was asked is at a failover; of one that another leads it sees only the end.")] bool FailingOver
);

public sealed record SentinelNode(
    [Description("`host:port`.")] string Address,
    [Description("Its host.")] string Host,
    [Description("Its port.")] long Port,
    [Description("Whether this Sentinel cannot reach it.")] bool Down,
    [Description("Of a replica: how far it has said that it is, in bytes.")] long? Offset,
    [Description("Of a replica: bytes that it is behind the foremost one.")] long? Behind,
    [Description("Of a replica: the least is chosen first; 0 never.")] long? Priority
);

/// <summary><c>redis/sentinel-topology@1</c>.</summary>
public sealed class SentinelTopologyAction(Outward outward) : IStepAction
{
    public string Name => "redis/sentinel-topology@1";

    public string Summary => "Asks the Sentinels who is primary, who are the replicas, and whether a failover could be made.";

    public Type Arguments => typeof(SentinelArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(SentinelTopologyResult),
            RedisCalls.Reading,
            """
            uses: redis/sentinel-topology@1
            with: { sentinels: ["s1.example.com:26379", "s2.example.com:26379"], shard: shop, password: "${{ inputs.password }}" }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"ask the {Sentinels.Said(with)} about {with.TextOf("shard")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<SentinelArguments>(ActionJson.Options)!;
        return Sentinels.AskAsync(outward, call, arguments, redis => AskAsync(redis, arguments.Shard), cancel);
    }

    private static async Task<ActionResult> AskAsync(RedisConnection redis, string shard)
    {
        var primary = Sentinels.Pairs(await redis.AskAsync("SENTINEL", "MASTER", shard));
        var read = ((RedisResult[])(await redis.AskAsync("SENTINEL", "REPLICAS", shard))!).Select(Sentinels.Pairs).ToList();
        var foremost = read.Select(one => Sentinels.Number(one, "slave-repl-offset")).DefaultIfEmpty().Max();
        List<SentinelNode> replicas = [.. read.Select(one => Node(one, foremost))];
        return ActionResult.Success(
            new SentinelTopologyResult(
                Node(primary, null),
                replicas,
                replicas.Count(one => one is { Down: false, Priority: not 0 }),
                Sentinels.Number(primary, "config-epoch"),
                Sentinels.Number(primary, "num-other-sentinels") + 1,
                Sentinels.Number(primary, "quorum"),
                await HasQuorumAsync(redis, shard),
                Sentinels.IsFailingOver(primary)
            )
        );
    }

    private static SentinelNode Node(Dictionary<string, string> one, long? foremost)
    {
        var offset = foremost is null ? null : (long?)Sentinels.Number(one, "slave-repl-offset");
        return new SentinelNode(
            Sentinels.Address(one),
            one["ip"],
            Sentinels.Number(one, "port"),
            Sentinels.IsDown(one),
            offset,
            foremost - offset,
            foremost is null ? null : Sentinels.Number(one, "slave-priority")
        );
    }

    private static async Task<bool> HasQuorumAsync(RedisConnection redis, string shard)
    {
        try
        {
            await redis.AskAsync("SENTINEL", "CKQUORUM", shard);
            return true;
        }
        catch (RedisServerException refused) when (refused.Message.StartsWith("NOQUORUM", StringComparison.Ordinal))
        {
            return false;
        }
    }
}
