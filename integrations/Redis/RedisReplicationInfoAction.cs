using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Redis;

public sealed record RedisReplicationInfoResult(
    [Description("That was asked.")] string Address,
    [Description("`primary` or `replica`.")] string Role,
    [Description("How far its data goes, in bytes of the stream of changes.")] long Offset,
    [Description("Of a replica: bytes that it is behind its primary; nothing if the primary cannot be asked. Of a primary: 0.")] long? Lag,
    [Description("Of a replica: whether its link to the primary stands.")] bool? LinkUp,
    [Description("Of a replica: address of its primary.")] string? Primary,
    [Description("Of a primary: those that follow it.")] IReadOnlyList<RedisFollower> Replicas
);

public sealed record RedisFollower(
    [Description("Its address.")] string Address,
    [Description("`online`, or what it waits for.")] string State,
    [Description("How far it has said that it is.")] long Offset,
    [Description("Bytes that it is behind.")] long Lag
);

/// <summary><c>redis/replication-info@1</c>.</summary>
public sealed class RedisReplicationInfoAction(Outward outward) : IStepAction
{
    public string Name => "redis/replication-info@1";

    public string Summary => "Tells whether a Redis is primary or replica, and how far replicas are behind.";

    public Type Arguments => typeof(RedisArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(RedisReplicationInfoResult),
            RedisCalls.Reading,
            """
            uses: redis/replication-info@1
            with: { address: "redis-2.example.com:6379", password: "${{ inputs.password }}" }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"ask Redis at {with.TextOf("address")} for its replication";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<RedisArguments>(ActionJson.Options)!;
        if (HostAndPort.Parse(arguments.Address, RedisCalls.UsualPort) is not { } place)
            return new ActionResult.Failed(FailureClass.NotSent, $"'{arguments.Address}' is no address. Write host:port.");
        var server = new RedisServer(place, arguments);
        return await RedisCalls.AskAsync(
            outward,
            call,
            server,
            async redis =>
            {
                var info = await redis.InfoAsync("replication");
                return ActionResult.Success(
                    info["role"] is "master" ? Primary(place, info) : await ReplicaAsync(server, info, call, cancel)
                );
            },
            cancel
        );
    }

    private static RedisReplicationInfoResult Primary(DnsEndPoint place, Dictionary<string, string> info)
    {
        var offset = Number(info, "master_repl_offset");
        var replicas = info.Where(pair =>
                pair.Key.StartsWith("slave", StringComparison.Ordinal) && pair.Value.StartsWith("ip=", StringComparison.Ordinal)
            )
            .Select(pair => pair.Value.Split(',').Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]))
            .Select(one => new RedisFollower(
                new DnsEndPoint(one["ip"], (int)Number(one, "port")).Said(),
                one["state"],
                Number(one, "offset"),
                offset - Number(one, "offset")
            ));
        return new RedisReplicationInfoResult(place.Said(), "primary", offset, 0, null, null, [.. replicas]);
    }

    private async Task<RedisReplicationInfoResult> ReplicaAsync(
        RedisServer server,
        Dictionary<string, string> info,
        ActionCall call,
        CancellationToken cancel
    )
    {
        var offset = Number(info, "slave_repl_offset");
        var primary = new DnsEndPoint(info["master_host"], (int)Number(info, "master_port"));
        long? lag = null;
        // The primary may be what is broken; that the replica answered is worth telling all the same.
        var asked = await RedisCalls.AskAsync(
            outward,
            call,
            server with
            {
                Place = primary,
            },
            async redis => ActionResult.Success(Number(await redis.InfoAsync("replication"), "master_repl_offset")),
            cancel
        );
        if (asked is ActionResult.Succeeded succeeded)
            lag = Math.Max(0, succeeded.Result.GetInt64() - offset);
        else if (asked is ActionResult.Failed failed)
            call.Output($"how far it is behind is not known: {failed.Because}");
        return new RedisReplicationInfoResult(
            server.Place.Said(),
            "replica",
            offset,
            lag,
            info["master_link_status"] is "up",
            primary.Said(),
            []
        );
    }

    private static long Number(Dictionary<string, string> info, string name) =>
        long.Parse(info.GetValueOrDefault(name, "0"), CultureInfo.InvariantCulture);
}
