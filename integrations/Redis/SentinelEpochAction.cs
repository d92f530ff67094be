using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Redis;

public sealed record SentinelEpochResult(
    [Description("Grows with each failover.")] long Epoch,
    [Description("`host:port` of the primary.")] string Primary,
    [Description("Whether the Sentinel that was asked is at a failover; of one that another leads it sees only the end.")] bool FailingOver
);

/// <summary><c>redis/sentinel-epoch@1</c>.</summary>
public sealed class SentinelEpochAction(Outward outward) : IStepAction
{
    public string Name => "redis/sentinel-epoch@1";

    public string Summary =>
        "Asks the Sentinels for the number of the last failover. As `before` and `check` it tells whether one was made.";

    public Type Arguments => typeof(SentinelArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(SentinelEpochResult),
            RedisCalls.Reading,
            """
            uses: redis/sentinel-epoch@1
            with: { sentinels: ["s1.example.com:26379"], shard: shop }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"ask the {Sentinels.Said(with)} for the epoch of {with.TextOf("shard")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<SentinelArguments>(ActionJson.Options)!;
        return Sentinels.AskAsync(
            outward,
            call,
            arguments,
            async redis =>
            {
                var primary = Sentinels.Pairs(await redis.AskAsync("SENTINEL", "MASTER", arguments.Shard));
                return ActionResult.Success(
                    new SentinelEpochResult(
                        Sentinels.Number(primary, "config-epoch"),
                        Sentinels.Address(primary),
                        Sentinels.IsFailingOver(primary)
                    )
                );
            },
            cancel
        );
    }
}
