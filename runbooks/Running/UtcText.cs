using System.Globalization;

namespace Runbooks.Running;

/// <summary>Times as people read them in chat, cards, timelines and errors: always UTC, so that a text stays true wherever it is read.</summary>
public static class UtcText
{
    /// <returns>"2026-03-01 03:04:05 UTC".</returns>
    public static string Of(DateTimeOffset time) => Plain(time) + " UTC";

    /// <returns>"2026-03-01 03:04 UTC".</returns>
    public static string Minute(DateTimeOffset time) => Written(time, "yyyy-MM-dd HH:mm") + " UTC";

    /// <returns>"03:04:05 UTC".</returns>
    public static string OfDay(DateTimeOffset time) => Written(time, "HH:mm:ss") + " UTC";

    /// <returns>"2026-03-01 03:04:05", where the zone is said once for many.</returns>
    public static string Plain(DateTimeOffset time) => Written(time, "yyyy-MM-dd HH:mm:ss");

    /// <returns>"03:04:05", where the zone is said once for many.</returns>
    public static string PlainOfDay(DateTimeOffset time) => Written(time, "HH:mm:ss");

    private static string Written(DateTimeOffset time, string format) => time.UtcDateTime.ToString(format, CultureInfo.InvariantCulture);
}
