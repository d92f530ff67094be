using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Redis;

public sealed record RedisClientsResult(
    [Description("How many there are, the bot's own among them.")] int Connections,
    [Description(
        "By its name each account of the ACL that has some, with `connections`, and `replicas` and `sentinels` among them. Before Redis 6.0 all are of `default`."
    )]
        Dictionary<string, RedisUserConnections> Users
);

public sealed record RedisUserConnections(
    [Description("How many it has.")] int Connections,
    [Description("How many of them are a replica's, which follows this Redis.")] int Replicas,
    [Description("How many of them are a Sentinel's, which watches this Redis.")] int Sentinels
);

/// <summary><c>redis/clients@1</c>: <c>CLIENT LIST</c> (redis.io), counted where it comes in: it takes hundreds of bytes a connection.</summary>
public sealed class RedisClientsAction(Outward outward) : IStepAction
{
    private const int MostTold = 20;

    public string Name => "redis/clients@1";

    public string Summary => "Tells how many connections a Redis has, and whose they are.";

    public Type Arguments => typeof(RedisArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(RedisClientsResult),
            RedisCalls.Reading,
            """
            uses: redis/clients@1
            with: { address: "redis-1.example.com" }
            expect: result.users['reports'].connections < 500
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"ask Redis at {with.TextOf("address")} for its connections";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
        RedisCalls.AskAtAsync(
            outward,
            call,
            async redis =>
            {
                var found = Counted((await redis.AskAsync("CLIENT", "LIST")).ToString(out _) ?? "");
                foreach (var (name, one) in found.Users.OrderByDescending(user => user.Value.Connections).Take(MostTold))
                    call.Output($"{name} has {one.Connections}, {one.Replicas} of them replicas' and {one.Sentinels} Sentinels'");
                return ActionResult.Success(found);
            },
            cancel
        );

    private static RedisClientsResult Counted(string list)
    {
        var users = new Dictionary<string, RedisUserConnections>(StringComparer.Ordinal);
        var all = 0;
        foreach (var line in list.AsSpan().EnumerateLines())
        {
            if (line.IsEmpty)
                continue;
            all++;
            var user = Field(line, " user=") is { IsEmpty: false } name ? name.ToString() : "default";
            var (connections, replicas, sentinels) = users.GetValueOrDefault(user) ?? new RedisUserConnections(0, 0, 0);
            users[user] = new RedisUserConnections(
                connections + 1,
                replicas + (Field(line, " flags=").Contains('S') ? 1 : 0),
                sentinels + (IsSentinel(Field(line, " name=")) ? 1 : 0)
            );
        }

        return new RedisClientsResult(all, users);
    }

    // sentinel.c, sentinelSetClientName: sentinel-RUNID-TYPE.
    private static bool IsSentinel(ReadOnlySpan<char> name) =>
        name.StartsWith("sentinel-", StringComparison.Ordinal)
        && (name.EndsWith("-cmd", StringComparison.Ordinal) || name.EndsWith("-pubsub", StringComparison.Ordinal));

    // No value has a space in it; the last one ends its line.
    private static ReadOnlySpan<char> Field(ReadOnlySpan<char> line, string name)
    {
        var at = line.IndexOf(name, StringComparison.Ordinal);
        if (at < 0)
            return [];
        var rest = line[(at + name.Length)..];
        return rest.IndexOf(' ') is var end and >= 0 ? rest[..end] : rest;
    }
}
