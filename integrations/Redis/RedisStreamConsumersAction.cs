using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Redis;

public sealed record RedisStreamConsumersArguments(
    [Untainted] [HostAndPortText(HasUsualPort = true)] [Description("`host` or `host:port`.")] string Address,
    [Description("The stream's key.")] string Stream,
    [Description("The consumer group.")] string Group
) : RedisCaller;

public sealed record RedisStreamConsumersResult(
    [Description("By its name each consumer, with `pending` (entries that it holds) and `idle-ms` (since it last asked for some).")]
        Dictionary<string, RedisStreamConsumer> Consumers
);

public sealed record RedisStreamConsumer(
    [Description("Entries that it holds and has not acknowledged.")] long Pending,
    [Description("Milliseconds since it last asked for entries.")] long IdleMs
);

/// <summary><c>redis/stream-consumers@1</c>.</summary>
public sealed class RedisStreamConsumersAction(Outward outward) : IStepAction
{
    public string Name => "redis/stream-consumers@1";

    public string Summary => "Tells who reads a stream of Redis in a group, what each holds, and when it last asked.";

    public Type Arguments => typeof(RedisStreamConsumersArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(RedisStreamConsumersResult),
            RedisCalls.Reading,
            """
            uses: redis/stream-consumers@1
            with: { address: "redis-1.example.com", stream: orders, group: mail }
            expect: result.consumers['mail-2'].idle-ms < 60000
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) =>
        $"ask Redis at {with.TextOf("address")} who reads {with.TextOf("stream")} in group {with.TextOf("group")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<RedisStreamConsumersArguments>(ActionJson.Options)!;
        return RedisCalls.AskAtAsync(
            outward,
            call,
            async redis =>
            {
                var consumers = await new StreamGroup(redis, arguments.Stream, arguments.Group).ConsumersAsync();
                foreach (var (name, one) in consumers)
                    call.Output($"{name} holds {one.Pending}, asked {one.IdleMs} ms ago");
                return ActionResult.Success(new RedisStreamConsumersResult(consumers));
            },
            cancel
        );
    }
}
