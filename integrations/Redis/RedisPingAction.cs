using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Redis;

public sealed record RedisArguments(
    [Untainted] [Description("`host` or `host:port`.")] string Address,
    [Description("Of an account of Redis' ACL.")] string? User = null,
    [Description("A secret.")] string? Password = null,
    [Description("Whether it speaks TLS.")] bool Tls = false
);

public sealed record RedisPingResult(
    [Description("Whether it answered that it is well.")] bool Ok,
    [Description("`primary` or `replica`; nothing without an answer.")] string? Role,
    [Description("Why not.")] string? Because
);

/// <summary><c>redis/ping@1</c>.</summary>
public sealed class RedisPingAction(Outward outward) : IStepAction
{
    public string Name => "redis/ping@1";

    public string Summary => "Asks a Redis whether it is well. That it does not answer is a result, no failure.";

    public Type Arguments => typeof(RedisArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(RedisPingResult),
            [
                new(FailureClass.NotSent, "The host is not allowed."),
                new(FailureClass.Refused, "It answers, and does not let the user in: that says nothing about how it is."),
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
            await outward.AddressesAsync(place.Host, cancel);
        }
        catch (HostNotAllowedException denied)
        {
            return new ActionResult.Failed(FailureClass.NotSent, denied.Message);
        }
        catch (System.Net.Sockets.SocketException fault)
        {
            return ActionResult.Success(new RedisPingResult(false, null, fault.Message));
        }

        ActionResult answer;
        try
        {
            answer = await RedisCalls.AskAsync(
                outward,
                call,
                new RedisServer(place, arguments.User, arguments.Password, arguments.Tls),
                async redis =>
                {
                    await redis.AskAsync("PING");
                    var info = await redis.InfoAsync("replication");
                    return ActionResult.Success(new RedisPingResult(true, info["role"] is "master" ? "primary" : "replica", null));
                },
                cancel
            );
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return ActionResult.Success(new RedisPingResult(false, null, "no answer in time"));
        }

        if (answer is not ActionResult.Failed failed)
            return answer;
        // One that keeps us out is up: to take a wrong password for an outage would have people fail over a healthy primary.
        return RedisCalls.KeptOut(failed)
            ? failed with
            {
                Class = FailureClass.Refused,
            }
            : ActionResult.Success(new RedisPingResult(false, null, failed.Because));
    }
}
