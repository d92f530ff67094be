using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;
using StackExchange.Redis;

namespace Integrations.Redis;

public sealed record RedisCommandArguments(
    [Untainted] [HostAndPortText(HasUsualPort = true)] [Description("`host` or `host:port`.")] string Address,
    [Untainted] [Filled] [Description("The command, as `XLEN` or `CONFIG SET`.")] string Command,
    [Description("What follows it, each by itself: nothing in it is read as a command.")] IReadOnlyList<string>? Arguments = null,
    [Description("The author's word that it changes nothing, which Redis has to confirm: then it may run again, and plans run it.")]
        bool Reads = false
) : RedisCaller;

public sealed record RedisCommandResult(
    [Description(
        "A text, a number (one beyond 2^53 is a text), a list, or nothing. Passwords and their hashes are stars in what `ACL GETUSER`, `ACL LIST`, `CONFIG GET` and `SENTINEL CONFIG GET` answer."
    )]
        JsonElement Answer
);

/// <summary><c>redis/command@1</c>.</summary>
public sealed class RedisCommandAction(Outward outward) : IStepAction
{
    private const int Deepest = 32;

    private static readonly HashSet<string> Piecemeal = new(["EVAL", "EVALSHA", "FCALL", "MIGRATE"], StringComparer.OrdinalIgnoreCase);

    // What Redis says of a script, or a move, that it has not run at all.
    private static readonly string[] BeforeItBegins =
    [
        "NOSCRIPT ",
        "NOAUTH ",
        "LOADING ",
        "BUSY ",
        "MOVED ",
        "CROSSSLOT ",
        "CLUSTERDOWN ",
        "MASTERDOWN ",
        "ERR Error compiling script",
        "ERR Function not found",
        "ERR wrong number of arguments",
        "ERR unknown command",
    ];

    public string Name => "redis/command@1";

    public string Summary => "Sends one command to a Redis.";

    public Type Arguments => typeof(RedisCommandArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(RedisCommandResult),
            [
                .. RedisCalls.Acting,
                new(
                    FailureClass.Unknown,
                    "Redis answers with an error to `EVAL`, `EVALSHA`, `FCALL` or `MIGRATE` that it had begun: a part of it may be done."
                ),
                new(
                    FailureClass.NotSent,
                    "`reads` is true, and Redis does not say that the command only reads (`COMMAND INFO`, which the account has to be allowed)."
                ),
            ],
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
        var words = arguments.Command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var name = words[0];
        string[] rest = [.. words[1..], .. arguments.Arguments ?? []];
        return await RedisCalls.AskAtAsync(
            outward,
            call,
            async redis =>
            {
                if (arguments.Reads && await ReadingCommands.ProblemAsync(redis, call, name, rest.FirstOrDefault()) is { } problem)
                    return new ActionResult.Failed(FailureClass.NotSent, problem);
                try
                {
                    var answer = await redis.AskAsync(name, rest);
                    var plain = SecretAnswers.Masked(name, rest, Plain(answer, 0));
                    return ActionResult.Success(new RedisCommandResult(JsonSerializer.SerializeToElement(plain)));
                }
                catch (RedisServerException fault) when (ActsInPieces(name) && !WasNotBegun(name, fault.Message))
                {
                    return new ActionResult.Failed(
                        FailureClass.Unknown,
                        $"{arguments.Address} says: {RedisCalls.Said(fault, call)}; what {name} had done before that stays"
                    );
                }
            },
            cancel
        );
    }

    // A script is not taken back when it fails half-way (https://redis.io/docs/latest/develop/programmability/eval-intro/), and a key whose move failed may be in
    // both places (https://redis.io/docs/latest/commands/migrate/, "IOERR").
    private static bool ActsInPieces(string command) => Piecemeal.Contains(command);

    // A script may hand back what a command in it was told: a refusal names which one.
    private static bool WasNotBegun(string command, string error) =>
        !error.Contains("script: ", StringComparison.Ordinal)
        && (
            Array.Exists(BeforeItBegins, start => error.StartsWith(start, StringComparison.Ordinal))
            || (error.StartsWith("NOPERM ", StringComparison.Ordinal) && error.Contains($"'{command}'", StringComparison.OrdinalIgnoreCase))
        );

    // Redis' own answers are a few lists deep; no JSON that is read later may be more than 64.
    private static object? Plain(RedisResult answer, int depth) =>
        answer.IsNull ? null
        : answer.Length >= 0
            ? depth < Deepest ? ((RedisResult[])answer!).Select(one => Plain(one, depth + 1)).ToList()
                : "…"
        : answer.Resp3Type is ResultType.Integer && (string)answer! is var digits && ExactNumber.IsHeld(digits) ? (long)answer
        // A text that says of itself what it is, as CLIENT LIST in RESP3, without those words.
        : answer.ToString(out _);
}
