using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Redis;

/// <summary><c>redis/sentinel-failover@1</c>.</summary>
public sealed class SentinelFailoverAction(Outward outward) : IStepAction
{
    public string Name => "redis/sentinel-failover@1";

    public string Summary =>
        "Makes a Sentinel promote a replica at once, without asking the others whether the primary is down. It chooses by priority and offset.";

    public Type Arguments => typeof(SentinelArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(NoResult),
            [
                .. RedisCalls.Acting,
                new(FailureClass.Refused, "There is no replica to promote (`NOGOODSLAVE`), or a failover is under way (`INPROG`)."),
            ],
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

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<SentinelArguments>(ActionJson.Options)!;
        return Sentinels.AskAsync(
            outward,
            call,
            arguments,
            async redis =>
            {
                await redis.AskAsync("SENTINEL", "FAILOVER", arguments.Shard);
                return ActionResult.Success(new NoResult());
            },
            cancel
        );
    }
}
