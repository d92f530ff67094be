using System.Collections.Concurrent;
using System.Globalization;
using Integrations.Slack.Api;

namespace Integrations.Slack.Inbound;

/// <summary>How things stand between the bot and Slack, for the health page and for those who ask in the code.</summary>
internal sealed class SlackState(SlackOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, string> troubles = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string?> topics = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Channel, string What), bool> marks = new();

    /// <summary>
    /// How often all is read back over HTTP, where nobody tells that events were lost. Slack sends one three times more within about six
    /// minutes: what came neither way by then does not come.
    /// </summary>
    private static readonly TimeSpan BetweenReadings = TimeSpan.FromMinutes(10);

    private readonly DateTimeOffset began = time.GetUtcNow();

    // What could not be read is no news on the next day.
    private static readonly TimeSpan Shown = TimeSpan.FromDays(1);
    private readonly Lock gate = new();
    private int unread;
    private string? lastUnread;
    private DateTimeOffset lastUnreadAt;

    private int connections;
    private long gaps;

    /// <summary>By when a minute is over in which Slack kept events from us.</summary>
    private readonly ConcurrentDictionary<DateTimeOffset, bool> missed = new();

    /// <summary>The app's own user; empty until it is known.</summary>
    public string BotUser { get; set; } = "";

    /// <summary>The workspace that the app is installed in, as <c>T0123</c>; empty until it is known.</summary>
    public string Team { get; set; } = "";

    /// <summary>The organization of an Enterprise Grid that the workspace belongs to, as <c>E0123</c>; empty for most.</summary>
    public string Enterprise { get; set; } = "";

    /// <summary>The workspace's address, as <c>https://example.slack.com/</c>; empty until it is known.</summary>
    public string Address { get; set; } = "";

    /// <summary>Open connections of Socket Mode that have said hello.</summary>
    public int Connections => Volatile.Read(ref connections);

    /// <summary>
    /// How often a connection was made while there was none: what came before it may have been missed. Counted when it stands, not
    /// when the last one is lost: a look in between would miss what comes after the look. So are minutes of which Slack says that it
    /// held events back, once they are over; and over HTTP every ten minutes.
    /// </summary>
    public long Gaps
    {
        get
        {
            var now = time.GetUtcNow();
            foreach (var end in missed.Keys.Where(end => end <= now))
            {
                if (missed.TryRemove(end, out _))
                    Interlocked.Increment(ref gaps);
            }

            return Volatile.Read(ref gaps) + (options.UsesSockets ? 0 : (long)((now - began) / BetweenReadings));
        }
    }

    public IReadOnlyList<string> Troubles =>
        [
            .. options.UsesSockets && Connections == 0
                ? ["Socket Mode is not connected: nothing comes in from Slack."]
                : Array.Empty<string>(),
            .. !options.UsesSockets && options.SigningSecret.Length == 0
                ? ["Neither Slack:AppToken nor Slack:SigningSecret is set: nothing can come in from Slack."]
                : Array.Empty<string>(),
            .. Unread is { } unreadable ? [unreadable] : Array.Empty<string>(),
            .. troubles.OrderBy(trouble => trouble.Key, StringComparer.Ordinal).Select(trouble => trouble.Value),
        ];

    private string? Unread
    {
        get
        {
            lock (gate)
                return lastUnread is null || time.GetUtcNow() - lastUnreadAt > Shown
                    ? null
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"{unread} of what Slack sent since the start could not be read, and nothing followed from it; the last one at {lastUnreadAt:u}: {lastUnread}."
                    );
        }
    }

    /// <summary>A method's last refusal stands until it goes well again; limits are no trouble.</summary>
    public void Called(string method, SlackOutcome outcome, string? error)
    {
        if (outcome is SlackOutcome.Ok)
            troubles.TryRemove(method, out _);
        else if (outcome is SlackOutcome.NotSent or SlackOutcome.Doubtful || SlackErrors.IsMendable(error))
            troubles[method] = $"{method}: {error}";
    }

    public void Opened()
    {
        if (Interlocked.Increment(ref connections) == 1)
            Interlocked.Increment(ref gaps);
    }

    /// <param name="minute">When the minute began in which events were held back (<c>app_rate_limited</c>).</param>
    public void Missed(DateTimeOffset minute) => missed[minute + TimeSpan.FromMinutes(1)] = true;

    /// <summary>Something came that came to nothing: once this minute is over all is read back.</summary>
    public void MissedNow()
    {
        var now = time.GetUtcNow();
        Missed(now - TimeSpan.FromTicks(now.Ticks % TimeSpan.TicksPerMinute));
    }

    public void Closed() => Interlocked.Decrement(ref connections);

    public void Say(string about, string? trouble)
    {
        if (trouble is null)
            troubles.TryRemove(about, out _);
        else
            troubles[about] = trouble;
    }

    /// <param name="what">What Slack sent, and why it means nothing.</param>
    public void NotRead(string what)
    {
        lock (gate)
            (unread, lastUnread, lastUnreadAt) = (unread + 1, what, time.GetUtcNow());
    }

    /// <summary>Whether this was said last as a channel's topic: said again it would be news to nobody.</summary>
    public bool HasTopic(string channel, string topic) => topics.GetValueOrDefault(channel) == topic;

    /// <summary>Whether a message was pinned, or an address bookmarked, in a channel: neither is done again where a person took it away.</summary>
    public bool HasMark(string channel, string what) => marks.ContainsKey((channel, what));

    /// <summary>How channels look may be another node's doing now.</summary>
    public void ForgetDress()
    {
        topics.Clear();
        marks.Clear();
    }

    /// <param name="topic">Null: nobody knows.</param>
    public void SaidTopic(string channel, string? topic) => topics[channel] = topic;

    public void Marked(string channel, string what)
    {
        if (marks.Count > 100_000)
            marks.Clear();
        marks[(channel, what)] = true;
    }
}
