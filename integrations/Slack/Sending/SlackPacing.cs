namespace Integrations.Slack.Sending;

/// <summary>
/// Slack's limits, kept before Slack has to hold them (docs.slack.dev, rate limits): a method's calls a minute by its tier, about
/// one post a second in each channel and several hundred a minute in all. What a 429 says wins. The last calls of a minute are kept
/// for what matters more, so that neither edits of cards nor a flood of lines starve an approval.
/// </summary>
internal sealed class SlackPacing(TimeProvider time)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>Between two posts in one channel; short bursts are allowed by Slack, and used for what is urgent.</summary>
    private static readonly TimeSpan BetweenPosts = TimeSpan.FromSeconds(1);

    // So many of each kind are enough for a minute.
    private const int MostReserved = 10;

    private readonly SteadyClock clock = new(time);
    private readonly Lock gate = new();
    private readonly Dictionary<string, Queue<DateTimeOffset>> calls = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> closed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> lastPosts = new(StringComparer.Ordinal);

    /// <summary>How long a call has to wait; zero: it may go now.</summary>
    /// <param name="channel">For posts, which are limited by channel.</param>
    public TimeSpan WaitFor(SlackMethod method, string? channel, CardPriority priority)
    {
        var now = clock.Now;
        lock (gate)
        {
            var wait = Closed(method, channel, now);
            if (method.ByChannel && channel is not null && lastPosts.TryGetValue(channel, out var last))
                wait = Later(wait, last + BetweenPosts - now);
            return Later(wait, OfTier(method, priority, now));
        }
    }

    /// <summary>As <see cref="WaitFor"/>; where it may go now, it is counted in the same moment, so that of two the second waits.</summary>
    public TimeSpan Take(SlackMethod method, string? channel, CardPriority priority)
    {
        lock (gate)
        {
            var wait = WaitFor(method, channel, priority);
            if (wait <= TimeSpan.Zero)
                Took(method, channel);
            return wait;
        }
    }

    /// <summary>As <see cref="Take"/> for what somebody waits for: only a 429 holds it, and all else waits for it.</summary>
    public TimeSpan TakeAtOnce(SlackMethod method, string? channel)
    {
        lock (gate)
        {
            var wait = Closed(method, channel, clock.Now);
            if (wait <= TimeSpan.Zero)
                Took(method, channel);
            return wait;
        }
    }

    /// <summary>A call goes out now.</summary>
    public void Took(SlackMethod method, string? channel)
    {
        var now = clock.Now;
        lock (gate)
        {
            if (method.ByChannel && channel is not null)
                lastPosts[channel] = now;
            CallsOf(method.Name, now).Enqueue(now);
            if (lastPosts.Count > 10_000)
                lastPosts.Clear();
        }
    }

    /// <summary>
    /// A call is over. It arrived at Slack at some time in between, so the second until the channel's next post begins only now:
    /// a slow post before a quick one would bring both at once.
    /// </summary>
    public void Ended(SlackMethod method, string? channel)
    {
        if (!method.ByChannel || channel is null)
            return;
        lock (gate)
            lastPosts[channel] = clock.Now;
    }

    /// <summary>Slack answered 429.</summary>
    public void Refused(SlackMethod method, string? channel, TimeSpan retryAfter)
    {
        lock (gate)
            closed[method.ByChannel && channel is not null ? Key(method, channel) : method.Name] = clock.Now + retryAfter;
    }

    private TimeSpan OfTier(SlackMethod method, CardPriority priority, DateTimeOffset now)
    {
        var made = CallsOf(method.Name, now);
        // A tenth of the tier is kept for pages alone, another for decisions as well, and so on down to progress.
        var reserve = Math.Min(method.PerMinute / 10, MostReserved) * (int)priority;
        var free = method.PerMinute - reserve;
        return made.Count < free ? TimeSpan.Zero : made.ElementAt(made.Count - free) + Minute - now;
    }

    private Queue<DateTimeOffset> CallsOf(string method, DateTimeOffset now)
    {
        if (!calls.TryGetValue(method, out var made))
            calls[method] = made = new Queue<DateTimeOffset>();
        while (made.TryPeek(out var oldest) && now - oldest >= Minute)
            made.Dequeue();
        return made;
    }

    private TimeSpan Closed(SlackMethod method, string? channel, DateTimeOffset now) =>
        Later(Closed(method.Name, now), channel is null ? TimeSpan.Zero : Closed(Key(method, channel), now));

    private TimeSpan Closed(string key, DateTimeOffset now)
    {
        if (!closed.TryGetValue(key, out var until))
            return TimeSpan.Zero;
        if (until > now)
            return until - now;
        closed.Remove(key);
        return TimeSpan.Zero;
    }

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static string Key(SlackMethod method, string channel) => method.Name + "/" + channel;
}
