using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Integrations.Redis;

public sealed record RedisStreamHandOverArguments(
    [Untainted] [HostAndPortText(HasUsualPort = true)] [Description("`host` or `host:port`.")] string Address,
    [Description("The stream's key.")] string Stream,
    [Description("The consumer group.")] string Group,
    [Description("The consumer that holds entries; nobody else's are touched.")] string From,
    [Description("The consumer that gets them: one that is in the group already.")] string To,
    [DurationText] [Description("How long an entry has been held at least, as 5m: younger ones are left alone.")] string MinIdle
) : RedisCaller;

public sealed record RedisStreamHandOverResult([Description("How many entries were handed over.")] int Moved);

/// <summary><c>redis/stream-hand-over@1</c>.</summary>
public sealed class RedisStreamHandOverAction(Outward outward) : IStepAction
{
    public string Name => "redis/stream-hand-over@1";

    public string Summary => "Gives the entries of a stream that one consumer holds and does not acknowledge to another one of its group.";

    public Type Arguments => typeof(RedisStreamHandOverArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(RedisStreamHandOverResult),
            [
                .. RedisCalls.Acting,
                CallReach.OnlyLooked,
                new(FailureClass.Refused, "The group has no consumer `to`: it would read nothing of what it gets."),
            ],
            """
            uses: redis/stream-hand-over@1
            with: { address: "redis-1.example.com", stream: orders, group: mail, from: mail-3, to: mail-2, min-idle: 5m }
            """
        );

    // What was handed over is not idle any more, and not the first one's: a repeat finds only the rest.
    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) =>
        $"give what {with.TextOf("from")} has held for {with.TextOf("min-idle")} or longer of stream {with.TextOf("stream")}, group "
        + $"{with.TextOf("group")}, to {with.TextOf("to")} on Redis at {with.TextOf("address")}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<RedisStreamHandOverArguments>(ActionJson.Options)!;
        var idle = Duration.Parse(arguments.MinIdle);
        if (arguments.From == arguments.To)
            return new ActionResult.Failed(FailureClass.NotSent, $"'from' and 'to' are both '{arguments.To}'. Name another one in 'to'.");
        return await RedisCalls.AskAtAsync(
            outward,
            call,
            async redis =>
            {
                var group = new StreamGroup(redis, arguments.Stream, arguments.Group);
                var consumers = await call.Reach.LookAsync(group.ConsumersAsync);
                // Redis would make one that nobody is.
                if (!consumers.ContainsKey(arguments.To))
                    return new ActionResult.Failed(
                        FailureClass.Refused,
                        $"'to' is '{arguments.To}', who is not in group {arguments.Group}. Name one of {string.Join(", ", consumers.Keys.Order())}."
                    );
                var moved = await group.HandOverAsync(
                    arguments.From,
                    arguments.To,
                    idle,
                    sofar => call.Output($"{sofar} entries are {arguments.To}'s")
                );
                return ActionResult.Success(new RedisStreamHandOverResult(moved));
            },
            cancel
        );
    }
}
