using System.Globalization;

namespace Bot.Commands;

/// <summary>Times as people type them.</summary>
internal static class TypedWords
{
    public const string TimeHint = "Give a time as 14:05 (today, UTC), -10m, or 2026-11-24T14:05:00Z.";

    /// <summary>RFC 3339, <c>HH:mm</c> of today (UTC), <c>-10m</c> (s, m, h, d ago) or <c>now</c>.</summary>
    public static DateTimeOffset? Time(string text, DateTimeOffset now)
    {
        if (text.Equals("now", StringComparison.OrdinalIgnoreCase))
            return now;
        if (text.Length > 2 && text[0] is '-' && Unit(text[^1]) is { } unit)
        {
            return int.TryParse(text.AsSpan(1, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var ago)
                ? now - (unit * ago)
                : null;
        }

        if (TimeOnly.TryParseExact(text, ["H:mm", "HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var ofDay))
            return new DateTimeOffset(now.UtcDateTime.Date + ofDay.ToTimeSpan(), TimeSpan.Zero);
        return
            text.Length >= 10
            && DateTimeOffset.TryParse(
                text,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var full
            )
            ? full
            : null;
    }

    private static TimeSpan? Unit(char letter) =>
        letter switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => null,
        };
}
