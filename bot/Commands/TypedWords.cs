using System.Globalization;

namespace Bot.Commands;

/// <summary>Times as people type them.</summary>
internal static class TypedWords
{
    public const string TimeHint = "Give a time as 14:05 (UTC), 20m ago (or -20m), or 2026-11-24T14:05:00Z.";

    private static readonly string[] OfDay = ["H:mm", "HH:mm", "HH:mm:ss"];

    /// <summary>
    /// RFC 3339, <c>2026-11-24 14:05</c>, <c>14:05</c> (UTC, the nearest one), <c>-20m</c>,
    /// <c>20m ago</c>, <c>20m</c> (ago), <c>yesterday 14:05</c> or <c>now</c>.
    /// </summary>
    /// <param name="ahead">A plan: <c>14:05</c> is the next one, and <c>20m</c>, <c>+20m</c> and <c>in 20m</c> lie ahead.</param>
    public static DateTimeOffset? Time(string text, DateTimeOffset now, bool ahead = false)
    {
        text = text.Trim();
        if (text.Equals("now", StringComparison.OrdinalIgnoreCase))
            return now;
        if (text.EndsWith(" UTC", StringComparison.OrdinalIgnoreCase))
            text = text[..^4].TrimEnd();
        if (text.EndsWith(" ago", StringComparison.OrdinalIgnoreCase))
            return now - Span(text[..^4]);
        if (text.StartsWith('-'))
            return now - Span(text[1..]);
        if (ahead && (text.StartsWith('+') || text.StartsWith("in ", StringComparison.OrdinalIgnoreCase)))
            return now + Span(text[(text[0] is '+' ? 1 : 3)..]);
        if (Span(text) is { } span)
            return ahead ? now + span : now - span;
        var day = now.UtcDateTime.Date;
        if (text.StartsWith("yesterday ", StringComparison.OrdinalIgnoreCase))
            return ClockOf(text["yesterday ".Length..]) is { } of ? Utc(day.AddDays(-1) + of) : null;
        if (ClockOf(text) is { } clock)
        {
            var today = Utc(day + clock);
            return ahead
                ? (today < now ? today.AddDays(1) : today)
                // Ten past midnight, 23:50 was yesterday; but at noon, 14:05 is no time that was: it is refused as lying ahead.
                : (today - now > TimeSpan.FromHours(12) ? today.AddDays(-1) : today);
        }

        return
            text.Length >= 10
            && char.IsAsciiDigit(text[0])
            && DateTimeOffset.TryParse(
                text,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var full
            )
            ? full
            : null;
    }

    /// <summary><c>90s</c>, <c>20m</c>, <c>20 min</c>, <c>2h</c>, <c>1h30m</c>, <c>3d</c>; at most ten years.</summary>
    public static TimeSpan? Span(string text)
    {
        var total = 0L;
        var rest = text.AsSpan().Trim();
        if (rest.IsEmpty)
            return null;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > 6)
                return null;
            var number = int.Parse(rest[..digits], CultureInfo.InvariantCulture);
            rest = rest[digits..].TrimStart();
            var letters = rest.IndexOfAnyInRange('0', '9');
            var unit = (letters < 0 ? rest : rest[..letters]).TrimEnd();
            if (Seconds(unit) is not { } seconds)
                return null;
            total += number * seconds;
            rest = letters < 0 ? [] : rest[letters..];
        }

        return total <= 10 * 366 * 86_400L ? TimeSpan.FromSeconds(total) : null;
    }

    private static TimeSpan? ClockOf(string text) =>
        TimeOnly.TryParseExact(text, OfDay, CultureInfo.InvariantCulture, DateTimeStyles.None, out var clock) ? clock.ToTimeSpan() : null;

    private static DateTimeOffset Utc(DateTime time) => new(time, TimeSpan.Zero);

    private static long? Seconds(ReadOnlySpan<char> unit) =>
        unit switch
        {
            "s" or "sec" or "secs" or "second" or "seconds" => 1,
            "m" or "min" or "mins" or "minute" or "minutes" => 60,
            "h" or "hour" or "hours" => 3600,
            "d" or "day" or "days" => 86_400,
            _ => null,
        };
}
