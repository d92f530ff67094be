using System.Globalization;

namespace Bot.Alerts;

/// <summary>An effect: a silence is over, so what it held back and what fires still is decided on again.</summary>
/// <param name="Delivery">The delivery that was held back; null: all that the silence held, since it was ended early.</param>
internal sealed record ReleaseHeld(int Silence, string? Delivery)
{
    public const string Kind = "alerts.release";

    public static string KeyOf(int silence) => string.Create(CultureInfo.InvariantCulture, $"release/{silence}/");
}
