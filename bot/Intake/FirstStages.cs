using Bot.Alerts;
using Integrations;

namespace Bot.Intake;

/// <summary>
/// The look at an alert's labels that the first stages need (silence, maintenance, inhibition). Done on the request's own
/// thread, before the desk: while nothing is silenced and no service stands on another one, it costs nothing.
/// </summary>
internal static class FirstStages
{
    /// <returns>By fingerprint, the alerts that something active holds back; null while nothing is active.</returns>
    public static Dictionary<string, Silence>? Held(AlertBatch batch, AlertRoute route, SilenceBook book, DateTimeOffset now)
    {
        if (book.Open.IsEmpty || book.ActiveAt(now).ToList() is not { Count: > 0 } active)
            return null;
        var held = new Dictionary<string, Silence>(StringComparer.Ordinal);
        foreach (var alert in batch.Alerts)
        {
            if (!alert.Firing)
                continue;
            var labels = AlertJson.ToDictionary(alert.Labels);
            if (active.Find(silence => silence.Fits(labels, route.ServiceLabel)) is { } first)
                held[alert.Fingerprint] = first;
        }

        return held;
    }

    /// <returns>What the batch's service stands on, nearest first.</returns>
    public static IReadOnlyList<string> Parents(AlertBatch batch, AlertRoute route, ServiceTree services) =>
        services.IsEmpty ? [] : services.AncestorsOf(AlertJson.ToDictionary(batch.Alerts[0].Labels).GetValueOrDefault(route.ServiceLabel));
}
