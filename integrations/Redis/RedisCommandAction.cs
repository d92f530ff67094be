using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;
using StackExchange.Redis;

namespace Integrations.Redis;

public sealed record RedisCommandArguments(
    [Untainted] [Description("`host` or `host:port`.")] string Address,
    [Untainted] [Description("The command, as `XLEN` or `CONFIG SET`.")] string Command,
    [Description("What follows it, each by itself: nothing in it is read as a command.")] IReadOnlyList<string>? Arguments = null,
    [Description("The author's word that it changes nothing: then it may run again, and plans run it.")] bool Reads = false
) : RedisCaller;

public sealed record RedisCommandResult([Description("A text, a number, a list, or nothing.")] JsonElement Answer);

/// <summary><c>redis/command@1</c>.</summary>
public sealed class RedisCommandAction(Outward outward) : IStepAction
{
    private const int Deepest = 32;

    public string Name => "redis/command@1";

    public string Summary => "Sends one command to a Redis.";

    public Type Arguments => typeof(RedisCommandArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(RedisCommandResult),
            [.. RedisCalls.Acting, new(FailureClass.NotSent, "`reads` is true, and Redis knows that the command writes.")],
            """
            uses: redis/command@1
            with: { address: "redis-1.example.com", command: XLEN, arguments: [orders], reads: true }
            """,
            """
            uses: redis/command@1
            with: { address: "redis-1.example.com", command: CONFIG SET, arguments: [maxmemory-policy, allkeys-lru] }
            """
        );

    public StepEffect EffectOf(JsonElement with) => with.TextOf("reads") is "true" or "True" ? StepEffect.Read : StepEffect.Once;

    public string Describe(JsonElement with) =>
        $"on Redis at {with.TextOf("address")} run: {with.TextOf("command")} {with.TextsOf("arguments", " ")}".TrimEnd();

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<RedisCommandArguments>(ActionJson.Options)!;
        if (arguments.Command.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var name, .. var words])
            return new ActionResult.Failed(FailureClass.NotSent, "'command' is empty. Name one, as XLEN.");
        string[] rest = [.. words, .. arguments.Arguments ?? []];
        return await RedisCalls.AskAtAsync(
            outward,
            call,
            async redis =>
            {
                if (arguments.Reads && await WritesAsync(redis, name, rest.FirstOrDefault()))
                    return new ActionResult.Failed(FailureClass.NotSent, $"'reads' is true, but {name} writes. Leave 'reads' out.");
                var answer = await redis.AskAsync(name, rest);
                return ActionResult.Success(new RedisCommandResult(JsonSerializer.SerializeToElement(Plain(answer, 0))));
            },
            cancel
        );
    }

    // Before Redis 7 a command of two words is known by its first alone.
    private static async Task<bool> WritesAsync(RedisConnection redis, string name, string? second)
    {
        try
        {
            var known = await redis.AskAsync("COMMAND", "INFO", name, $"{name}|{second}");
            return ((RedisResult[])known!).Any(one => !one.IsNull && ((string[])one[2]!).Contains("write"));
        }
        catch (RedisServerException)
        {
            // The account may not ask: there is nothing but the author's word.
            return false;
        }
    }

    // Redis' own answers are a few lists deep; no JSON that is read later may be more than 64.
    private static object? Plain(RedisResult answer, int depth) =>
        answer.IsNull ? null
        : answer.Length >= 0
            ? depth < Deepest ? ((RedisResult[])answer!).Select(one => Plain(one, depth + 1)).ToList()
                : "…"
        : answer.Resp3Type is ResultType.Integer ? (long)answer
        : (string?)answer;
}
