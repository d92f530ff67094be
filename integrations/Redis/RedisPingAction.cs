using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Redis;

public sealed record RedisPingResult(
    [Description("Whether it answered that it is well.")] bool Ok,
    [Description("`primary` or `replica`; nothing without an answer.")] string? Role,
    [Description(
        "Whether it would take a write: not a replica that is read-only, nor one whose memory is full (`noeviction`) or that has fewer good replicas than `min-replicas-to-write`. Nothing without an answer, and where that number is set and may not be read. A `CLIENT PAUSE` is not seen."
    )]
        bool? TakesWrites,
    [Description("Why it is not well, or takes no writes, or why that is not known.")] string? Because
);

/// <summary><c>redis/ping@1</c>.</summary>
public sealed class RedisPingAction(Outward outward) : IStepAction
{
    public string Name => "redis/ping@1";

    public string Summary => "Asks a Redis whether it is well and would take writes. That it does not answer is a result, no failure.";

    public Type Arguments => typeof(RedisArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(RedisPingResult),
            [
                new(
                    FailureClass.NotSent,
                    "The host is not allowed, its certificate is not trusted, or `ca`, `certificate` or `key` cannot be used: that says nothing about how it is."
                ),
                new(FailureClass.Refused, "It answers, and does not let the user or the certificate in: that is no outage, either."),
            ],
            """
            uses: redis/ping@1
            with: { address: "redis-1.example.com:6379", password: "${{ inputs.password }}" }
            timeout: 5s
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"ping Redis at {with.TextOf("address")}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<RedisArguments>(ActionJson.Options)!;
        if (HostAndPort.Parse(arguments.Address, RedisCalls.UsualPort) is not { } place)
            return new ActionResult.Failed(FailureClass.NotSent, $"'{arguments.Address}' is no address. Write host:port.");
        try
        {
            var asked = await RedisCalls.TryAsync(
                outward,
                call,
                new RedisServer(place, arguments),
                async redis =>
                {
                    await redis.AskAsync("PING");
                    var info = await redis.InfoAsync("replication");
                    var (takes, because) = await TakenWrites.LookAsync(redis, info, call);
                    var role = info.GetValueOrDefault("role") is { } told ? (told is "master" ? "primary" : "replica") : null;
                    return ActionResult.Success(new RedisPingResult(true, role, takes, because));
                },
                cancel
            );
            return asked.OrIll(because => new RedisPingResult(false, null, null, because));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return ActionResult.Success(new RedisPingResult(false, null, null, "no answer in time"));
        }
    }
}
