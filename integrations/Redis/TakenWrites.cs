using System.Globalization;
using Runbooks.Actions;
using StackExchange.Redis;

namespace Integrations.Redis;

/// <summary>
/// Whether a Redis that is well would take a write, found without one: what its processCommand refuses (https://github.com/redis/redis/blob/7.0/src/server.c),
/// but for what it refuses a PING for as well, as that it cannot save (MISCONF).
/// </summary>
/// <param name="Takes">Null: not known.</param>
internal readonly record struct TakenWrites(bool? Takes, string? Because)
{
    private const string Least = "min-replicas-to-write";

    /// <param name="replication">What it says of that section.</param>
    public static async Task<TakenWrites> LookAsync(RedisConnection redis, Dictionary<string, string> replication, ActionCall call)
    {
        if (!replication.TryGetValue("role", out var role))
            return new(null, "whether it takes writes is not known: it tells no role");
        if (role is not "master" && replication.GetValueOrDefault("slave_read_only") is not "0")
            return Refused("it is a replica");
        var memory = await redis.InfoAsync("memory");
        var most = Number(memory, "maxmemory");
        if (
            most > 0
            && memory.GetValueOrDefault("maxmemory_policy") is "noeviction"
            && Number(memory, "used_memory") - Number(memory, "mem_not_counted_for_evict") > most
        )
            return Refused($"its memory is full (OOM; 'maxmemory' is {most} bytes, and its policy 'noeviction')");
        // It says so only while there is a least number, and not what that is.
        if (role is not "master" || !replication.ContainsKey("min_slaves_good_slaves"))
            return new(true, null);
        var good = Number(replication, "min_slaves_good_slaves");
        if (good == 0)
            return Refused($"it has no good replica, and '{Least}' is set (NOREPLICAS)");
        try
        {
            return (string[]?)await redis.AskAsync("CONFIG", "GET", Least) is not [_, var told]
                || !long.TryParse(told, CultureInfo.InvariantCulture, out var least)
                    ? Unknown("Redis does not tell it")
                : good < least ? Refused($"its good replicas are {good}, and '{Least}' is {told} (NOREPLICAS)")
                : new(true, null);
        }
        catch (RedisServerException fault)
        {
            return Unknown($"{RedisCalls.Said(fault, call)}: allow the account `+config|get`, before Redis 7 `+config`");
        }

        TakenWrites Unknown(string because) =>
            new(
                null,
                $"whether it takes writes is not known: its good replicas are {good}, and what '{Least}' is cannot be read ({because})"
            );
    }

    private static TakenWrites Refused(string because) => new(false, $"it takes no writes: {because}");

    private static long Number(Dictionary<string, string> info, string name) =>
        long.TryParse(info.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var number) ? number : 0;
}
