using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Integrations.Slack.Blocks;

namespace Integrations.Slack.Rendering;

/// <summary>Between what people mean and what Slack writes (docs.slack.dev, formatting text for app surfaces).</summary>
internal static partial class SlackText
{
    /// <summary>Text as it stands: <c>&amp;</c>, <c>&lt;</c> and <c>&gt;</c> are Slack's own signs.</summary>
    public static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);

    /// <summary>Text for <c>mrkdwn</c>: as it stands, with its addresses as links. Slack looks for none itself, so that it calls nobody either.</summary>
    public static string Markup(string text)
    {
        var marked = new StringBuilder(text.Length + 16);
        var at = 0;
        foreach (var link in Address().EnumerateMatches(text))
        {
            marked.Append(Escape(text[at..link.Index])).Append('<').Append(Escape(text.Substring(link.Index, link.Length))).Append('>');
            at = link.Index + link.Length;
        }

        return marked.Append(Escape(text[at..])).ToString();
    }

    /// <summary>A text object without formatting; Slack refuses empty ones.</summary>
    public static PlainText Plain(string text, int most) => new(Cut(Escape(NotEmpty(text)), most));

    public static string NotEmpty(string text) => string.IsNullOrWhiteSpace(text) ? "–" : text;

    /// <summary>Cut to a length in characters, with an ellipsis; never within a surrogate pair or an escape.</summary>
    public static string Cut(string text, int most)
    {
        if (text.Length <= most)
            return text;
        var end = most - 1;
        if (end > 0 && char.IsHighSurrogate(text[end - 1]))
            end--;
        if (end <= 0)
            return "…";
        var escape = text.LastIndexOf('&', end - 1);
        if (escape >= 0 && end - escape < 6 && text.IndexOf(';', escape) is var semicolon && semicolon >= end)
            end = escape;
        return text[..end] + "…";
    }

    /// <summary>As <see cref="Cut"/>, for what <see cref="Markup"/> made: never within a link either.</summary>
    public static string CutMarkup(string text, int most)
    {
        var cut = Cut(text, most);
        var open = cut.LastIndexOf('<');
        return open > cut.LastIndexOf('>') ? cut[..open] + "…" : cut;
    }

    /// <summary>Its end, of at most so many characters, with an ellipsis before it; of what <see cref="Escape"/> made.</summary>
    public static string CutStart(string text, int most)
    {
        if (text.Length <= most)
            return text;
        var from = text.Length - most + 1;
        var semicolon = text.IndexOf(';', from);
        if (semicolon >= 0 && text.LastIndexOf('&', semicolon) is var escape && escape >= 0 && escape < from && semicolon - escape < 6)
            from = semicolon + 1;
        else if (char.IsLowSurrogate(text[from]))
            from++;
        return "…" + text[from..];
    }

    /// <summary>Cut into pieces of at most so many characters, at line ends where there are any.</summary>
    public static IEnumerable<string> Pieces(string text, int most)
    {
        while (text.Length > most)
        {
            var end = text.LastIndexOf('\n', most - 1, most / 2);
            if (end < 0)
                end = CutMarkup(text, most).Length - 1;
            // A link that alone is longer than a piece, by the escapes in it, is cut as any text.
            if (end <= 0)
                end = Cut(text, most).Length - 1;
            yield return text[..end];
            text = text[end..].TrimStart('\n');
        }

        if (text.Length > 0)
            yield return text;
    }

    /// <summary>
    /// Text as people see it: <c>&lt;@U1|anna&gt;</c> becomes <c>@anna</c>, <c>&lt;#C1|general&gt;</c> <c>#general</c>,
    /// <c>&lt;!subteam^S1|@oncall&gt;</c> <c>group:oncall</c>, dates their words, links their address.
    /// </summary>
    /// <param name="person">The name behind a person's id; null: unknown.</param>
    /// <param name="room">What stands for a channel; null: unknown.</param>
    /// <param name="group">The name behind a group's id; null: unknown.</param>
    public static string Read(string text, Func<string, string?> person, Func<string, string?> room, Func<string, string?> group)
    {
        var read = new StringBuilder(text.Length);
        var at = 0;
        while (at < text.Length)
        {
            var open = text.IndexOf('<', at);
            var close = open < 0 ? -1 : text.IndexOf('>', open);
            if (close < 0)
                break;
            read.Append(text, at, open - at).Append(Entity(text[(open + 1)..close], person, room, group));
            at = close + 1;
        }

        return WebUtility.HtmlDecode(read.Append(text, at, text.Length - at).ToString());
    }

    /// <summary>The ids of the channels that a text mentions, by how each reads.</summary>
    /// <param name="read">As <see cref="Read"/>.</param>
    public static IReadOnlyDictionary<string, string> Channels(string text, Func<string, string> read)
    {
        var channels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Match mention in ChannelMention().Matches(text))
            channels[read(mention.Value)] = mention.Groups["id"].Value;
        return channels;
    }

    /// <summary>A message's id is its time: seconds with microseconds since 1970.</summary>
    public static DateTimeOffset Time(string ts) =>
        decimal.TryParse(ts, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
        && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond))
            : DateTimeOffset.UnixEpoch;

    public static string Ts(DateTimeOffset time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.ToUnixTimeSeconds()}.{time.Ticks / 10 % 1_000_000:D6}");

    // Without what ends the sentence around it.
    [GeneratedRegex("https?://[^\\s<>|\"'`]{1,1000}(?<![.,;:!?)\\]}*_~])", RegexOptions.None, Timeout.Infinite)]
    private static partial Regex Address();

    [GeneratedRegex("<#(?<id>[A-Z0-9]+)(\\|[^<>]*)?>", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ChannelMention();

    // <!date^1392734382^{date_short}^https://…|Feb 18, 2014>: without its words it is the time itself.
    private static string Date(string id) =>
        long.TryParse(id.Split('^')[1], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)
            : id;

    private static string Entity(string inner, Func<string, string?> person, Func<string, string?> room, Func<string, string?> group)
    {
        var bar = inner.IndexOf('|', StringComparison.Ordinal);
        // Slack leaves the label empty where it does not want to say it.
        var (id, label) = bar < 0 || bar == inner.Length - 1 ? (inner.TrimEnd('|'), null) : (inner[..bar], inner[(bar + 1)..]);
        return id switch
        {
            ['@', .. var user] => "@" + (person(user) ?? label ?? user),
            ['#', .. var channel] => room(channel) ?? "#" + (label ?? channel),
            _ when id.StartsWith("!subteam^", StringComparison.Ordinal) => "group:"
                + (group(id["!subteam^".Length..]) ?? label?.TrimStart('@') ?? id["!subteam^".Length..]),
            _ when id.StartsWith("!date^", StringComparison.Ordinal) => label ?? Date(id),
            ['!', .. var special] => "@" + special,
            _ when id.StartsWith("mailto:", StringComparison.Ordinal) => label ?? id["mailto:".Length..],
            _ => id,
        };
    }
}
