namespace Tests.FakeSlack;

/// <summary>
/// Slack's limits: a method's calls a minute by its tier (1, 20, 50, 100), posts about one a second and channel with a short
/// burst. Off until a test wants them; every refusal is counted.
/// </summary>
internal sealed class RateLimits(TimeProvider time)
{
    private const int PostBurst = 3;
    private readonly Dictionary<string, Queue<DateTimeOffset>> calls = [];

    public bool Hold { get; set; }

    public int Refused { get; private set; }

    /// <returns>Seconds for <c>Retry-After</c>; null where the call may go on.</returns>
    public int? Refuse(string method, int perMinute, string? channel)
    {
        if (!Hold)
            return null;
        // Posts have their own rule: by channel.
        return channel is not null
            ? Take("post/" + channel, PostBurst, TimeSpan.FromSeconds(PostBurst))
            : Take(method, perMinute, TimeSpan.FromMinutes(1));
    }

    private int? Take(string key, int most, TimeSpan per)
    {
        var now = time.GetUtcNow();
        if (!calls.TryGetValue(key, out var made))
            calls[key] = made = new Queue<DateTimeOffset>();
        while (made.TryPeek(out var oldest) && now - oldest >= per)
            made.Dequeue();
        if (made.Count >= most)
        {
            Refused++;
            return Math.Max(1, (int)Math.Ceiling((made.Peek() + per - now).TotalSeconds));
        }

        made.Enqueue(now);
        return null;
    }
}
