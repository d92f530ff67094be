using System.Globalization;

namespace Runbooks.Expressions;

/// <summary>Lengths of time as people write them: <c>500ms 10s 5m 2h 1d</c>.</summary>
public static class Duration
{
    private const NumberStyles Style = NumberStyles.AllowDecimalPoint;

    public const string Fix = "Write a number and a unit: 500ms, 10s, 5m, 2h or 1d.";

    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    /// <returns>False also for more than 366 days.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var unit = text.AsSpan().TrimStart("0123456789.");
        if (!decimal.TryParse(text.AsSpan(0, text.Length - unit.Length), Style, CultureInfo.InvariantCulture, out var number))
            return false;
        var ticks = unit switch
        {
            "ms" => TimeSpan.TicksPerMillisecond,
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            "h" => TimeSpan.TicksPerHour,
            "d" => TimeSpan.TicksPerDay,
            _ => 0,
        };
        if (ticks == 0 || number > (decimal)Longest.Ticks / ticks)
            return false;
        duration = new TimeSpan((long)decimal.Round(number * ticks));
        return true;
    }

    /// <summary>One that is known to be a length of time.</summary>
    public static TimeSpan Parse(string text) => TryParse(text, out var duration) ? duration : throw new FormatException(Fix);

    public static string Write(TimeSpan duration) =>
        duration switch
        {
            { Ticks: 0 } => "0s",
            _ when duration.Ticks % TimeSpan.TicksPerHour == 0 => string.Create(
                CultureInfo.InvariantCulture,
                $"{duration.Ticks / TimeSpan.TicksPerHour}h"
            ),
            _ when duration.Ticks % TimeSpan.TicksPerMinute == 0 => string.Create(
                CultureInfo.InvariantCulture,
                $"{duration.Ticks / TimeSpan.TicksPerMinute}m"
            ),
            _ when duration.Ticks % TimeSpan.TicksPerSecond == 0 => string.Create(
                CultureInfo.InvariantCulture,
                $"{duration.Ticks / TimeSpan.TicksPerSecond}s"
            ),
            _ => string.Create(CultureInfo.InvariantCulture, $"{(decimal)duration.Ticks / TimeSpan.TicksPerMillisecond}ms"),
        };
}
