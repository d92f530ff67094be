using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;
using StackExchange.Redis;

namespace Integrations.Redis;

public sealed record SentinelFailoverResult(
    [Description(
        "Whether this Sentinel was at a failover of the shard already (`INPROG`), by itself or at somebody's word: then it began no second one, and that one may still be given up, as without the votes of the others."
    )]
        bool Already
);

/// <summary><c>redis/sentinel-failover@1</c>.</summary>
public sealed class SentinelFailoverAction(Outward outward) : IStepAction
{
    // As sentinelSelectSlave of Redis' sentinel.c has it, and how often sentinelSendPeriodicCommands asks.
    private const string Unfit =
        "none is up with another priority than 0 and has heard its primary lately, or what it knows of it is older than 5 s. "
        + "The latter passes: while no quorum of them takes the primary for down, it asks a replica only every 10 s, "
        + "and a `retry` on `refused` over some 15 s outlasts that.";

    public string Name => "redis/sentinel-failover@1";

    public string Summary =>
        "Makes a Sentinel promote a replica at once, without asking the others whether the primary is down. It chooses by priority and offset.";

    public Type Arguments => typeof(SentinelArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(SentinelFailoverResult),
            [.. RedisCalls.Acting, new(FailureClass.Refused, "It knows of no replica that it could promote (`NOGOODSLAVE`): " + Unfit)],
            """
            uses: redis/sentinel-failover@1
            with: { sentinels: ["s1.example.com:26379", "s2.example.com:26379"], shard: shop }
            before: { uses: redis/sentinel-epoch@1, with: { sentinels: ["s1.example.com:26379"], shard: shop } }
            check:
              uses: redis/sentinel-epoch@1
              with: { sentinels: ["s1.example.com:26379"], shard: shop }
              settle: 15s
              done-when: result.epoch > before.epoch
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Once;

    public string Describe(JsonElement with) => $"promote the best replica of {with.TextOf("shard")}, by one of the {Sentinels.Said(with)}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<SentinelArguments>(ActionJson.Options)!;
        var result = await Sentinels.AskAsync(
            outward,
            call,
            arguments,
            async redis => ActionResult.Success(new SentinelFailoverResult(!await BeginsAsync(redis, arguments.Shard))),
            cancel
        );
        return
            result is ActionResult.Failed { Class: FailureClass.Refused } refused
            && refused.Because.Contains("NOGOODSLAVE", StringComparison.Ordinal)
            ? refused with
            {
                Because = $"{refused.Because.TrimEnd('.')}: {Unfit}",
            }
            : result;
    }

    // What is asked for is happening: the Sentinel answers so from the moment it has begun until the last replica follows the new primary,
    // or until it gives up (SRI_FAILOVER_IN_PROGRESS in Redis' sentinel.c).
    private static async Task<bool> BeginsAsync(RedisConnection redis, string shard)
    {
        try
        {
            await redis.AskAsync("SENTINEL", "FAILOVER", shard);
            return true;
        }
        catch (RedisServerException fault) when (fault.Message.StartsWith("INPROG", StringComparison.Ordinal))
        {
            return false;
        }
    }
}
