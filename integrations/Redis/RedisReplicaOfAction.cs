using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Redis;

public sealed record RedisReplicaOfArguments(
    [Untainted] [HostAndPortText(HasUsualPort = true)] [Description("`host` or `host:port` of the one that is told.")] string Address,
    [Untainted]
    [HostAndPortText(HasUsualPort = true)]
    [Description("`host:port` of the primary that it is to follow; nothing: it becomes a primary itself.")]
        string? Primary = null
) : RedisCaller;

/// <summary><c>redis/replicaof@1</c>.</summary>
public sealed class RedisReplicaOfAction(Outward outward) : IStepAction
{
    public string Name => "redis/replicaof@1";

    public string Summary => "Makes a Redis follow a primary, or makes it one. A replica drops its own data for the primary's.";

    public Type Arguments => typeof(RedisReplicaOfArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(NoResult),
            RedisCalls.Acting,
            """
            uses: redis/replicaof@1
            with: { address: "redis-1.example.com:6379", primary: "redis-2.example.com:6379" }
            """,
            """
            uses: redis/replicaof@1
            with: { address: "redis-2.example.com:6379" }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) =>
        with.TextOf("primary") is { } primary
            ? $"make Redis at {with.TextOf("address")} a replica of {primary}; it drops its own data"
            : $"make Redis at {with.TextOf("address")} a primary";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<RedisReplicaOfArguments>(ActionJson.Options)!;
        var primary = arguments.Primary is { } named ? HostAndPort.Parse(named, RedisCalls.UsualPort) : null;
        return await RedisCalls.AskAtAsync(
            outward,
            call,
            async redis =>
            {
                await redis.AskAsync("REPLICAOF", primary is null ? ["NO", "ONE"] : [primary.Host, primary.Port]);
                return ActionResult.Success(new NoResult());
            },
            cancel
        );
    }
}
