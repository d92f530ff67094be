using System.Globalization;

namespace Bot.Chat;

/// <summary>Times in cards: said once and true for ever, so that a card does not change because time passes.</summary>
internal static class Clock
{
    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    public static string Short(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
