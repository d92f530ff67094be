using System.Globalization;

namespace Runbooks.Expressions;

/// <summary>Lengths of time as people write them: <c>500ms 10s 5m 2h 1d</c>.</summary>
public static class Duration
{
    public const string Fix = "Write a number and a unit: 500ms, 10s, 5m, 2h or 1d.";

    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var unit = text.AsSpan().TrimStart("0123456789.");
        if (
            !double.TryParse(
                text.AsSpan(0, text.Length - unit.Length),
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var number
            )
        )
            return false;
        var milliseconds = unit switch
        {
            "ms" => number,
            "s" => number * 1000,
            "m" => number * 60_000,
            "h" => number * 3_600_000,
            "d" => number * 86_400_000,
            _ => -1,
        };
        if (milliseconds < 0 || milliseconds > Longest.TotalMilliseconds)
            return false;
        duration = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }

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
            _ => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms"),
        };
}
