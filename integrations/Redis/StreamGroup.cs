using StackExchange.Redis;

namespace Integrations.Redis;

/// <summary>One consumer group of one stream, over a connection.</summary>
internal sealed class StreamGroup(RedisConnection redis, string stream, string group)
{
    private const int Page = 1000;

    /// <summary>Who reads in it, as <c>XINFO CONSUMERS</c> has them.</summary>
    public async Task<Dictionary<string, RedisStreamConsumer>> ConsumersAsync()
    {
        var found = new Dictionary<string, RedisStreamConsumer>(StringComparer.Ordinal);
        foreach (var one in (RedisResult[])(await redis.AskAsync("XINFO", "CONSUMERS", stream, group))!)
        {
            var fields = one.ToDictionary();
            found[(string)fields["name"]!] = new RedisStreamConsumer((long)fields["pending"], (long)fields["idle"]);
        }

        return found;
    }

    /// <summary>Takes what a consumer has held for so long, page by page, and gives it to another one. Entries keep their count of deliveries.</summary>
    /// <param name="told">After each page: how many so far.</param>
    public async Task<int> HandOverAsync(string from, string to, TimeSpan idle, Action<int> told)
    {
        var (moved, start, limit) = (0, "-", (long)idle.TotalMilliseconds);
        while (true)
        {
            var held = (RedisResult[])(await redis.AskAsync("XPENDING", stream, group, "IDLE", limit, start, "+", Page, from))!;
            if (held.Length == 0)
                return moved;
            var ids = held.Select(entry => (string)entry[0]!).ToList();
            // What was acknowledged or taken meanwhile is not idle for so long, and stays where it is.
            var taken = (RedisResult[])(await redis.AskAsync("XCLAIM", [stream, group, to, limit, .. ids, "JUSTID"]))!;
            moved += taken.Length;
            told(moved);
            start = "(" + ids[^1];
        }
    }
}
