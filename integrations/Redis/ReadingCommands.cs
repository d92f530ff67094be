using Runbooks.Actions;
using StackExchange.Redis;

namespace Integrations.Redis;

/// <summary>
/// Which commands change nothing: those that Redis flags <c>readonly</c> (https://redis.io/docs/latest/commands/command/), and those that
/// look at the server and not at its keys, which it does not flag.
/// </summary>
internal static class ReadingCommands
{
    // Every subcommand of these reads.
    private static readonly HashSet<string> Unflagged = new(StringComparer.OrdinalIgnoreCase)
    {
        "COMMAND",
        "DBSIZE",
        "ECHO",
        "INFO",
        "LASTSAVE",
        "OBJECT",
        "PING",
        "PUBSUB",
        "ROLE",
        "TIME",
        "XINFO",
    };

    // Of these some do, and before Redis 7 the flags are those of all of them together.
    private static readonly Dictionary<string, string[]> Containers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ACL"] = ["CAT", "GETUSER", "LIST", "USERS", "WHOAMI"],
        ["CLIENT"] = ["GETNAME", "ID", "INFO", "LIST"],
        ["CLUSTER"] = ["INFO", "KEYSLOT", "MYID", "NODES", "SHARDS", "SLOTS"],
        ["CONFIG"] = ["GET"],
        ["FUNCTION"] = ["LIST", "STATS"],
        ["LATENCY"] = ["DOCTOR", "HISTORY", "LATEST"],
        ["MEMORY"] = ["DOCTOR", "STATS", "USAGE"],
        ["MODULE"] = ["LIST"],
        ["SCRIPT"] = ["EXISTS"],
        ["SLOWLOG"] = ["GET", "LEN"],
        ["XGROUP"] = [],
    };

    /// <returns>Null: it only reads; else why it is not taken for a read.</returns>
    /// <param name="second">What follows the name, which of <c>CONFIG GET</c> is a part of the command.</param>
    public static async Task<string?> ProblemAsync(RedisConnection redis, ActionCall call, string name, string? second)
    {
        var isContainer = Containers.TryGetValue(name, out var reading);
        if (Unflagged.Contains(name) || (isContainer && second is not null && reading!.Contains(second, StringComparer.OrdinalIgnoreCase)))
            return null;
        var said = isContainer ? $"{name} {second}".TrimEnd() : name;
        try
        {
            var known = (RedisResult[])(await redis.AskAsync("COMMAND", "INFO", name, $"{name}|{second}"))!;
            return (isContainer ? known.Skip(1) : known).Any(IsReadOnly)
                ? null
                : $"'reads' is true, but {said} is no command of which Redis says that it only reads. Leave 'reads' out.";
        }
        catch (RedisServerException fault)
        {
            return $"'reads' is true, but Redis does not tell whether {said} only reads ({RedisCalls.Said(fault, call)}). "
                + "Allow the account `+command|info` (before Redis 7 `+command`), or leave 'reads' out.";
        }
    }

    private static bool IsReadOnly(RedisResult command) => !command.IsNull && ((string[])command[2]!).Contains("readonly");
}
