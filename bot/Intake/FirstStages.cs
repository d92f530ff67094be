using Bot.Alerts;
using Integrations;
using Runbooks.Definition;

namespace Bot.Intake;

/// <summary>
/// The look at an alert's labels that the first stages need (silence, maintenance, inhibition, runbooks). Done on the request's own
/// thread, before the desk: while nothing is silenced, no service stands on another one
/// and no runbook begins with an alert, it costs nothing.
/// </summary>
internal static class FirstStages
{
    /// <returns>The delivery with what the first stages found.</returns>
    public static AlertDelivery Look(
        AlertDelivery delivery,
        SilenceBook silences,
        ServiceTree services,
        IReadOnlyList<RunbookDefinition> runbooks,
        DateTimeOffset now
    ) =>
        delivery with
        {
            Held = Held(delivery.Batch, delivery.Route, silences, now),
            Parents = Parents(delivery.Batch, delivery.Route, services),
            Wanted = Wanted(delivery.Batch, runbooks),
        };

    // By fingerprint, the alerts that something active holds back; null while nothing is active.
    private static Dictionary<string, Silence>? Held(AlertBatch batch, AlertRoute route, SilenceBook book, DateTimeOffset now)
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

    // By runbook, the fingerprints of the firing alerts that it asks for; null where none asks for any.
    private static Dictionary<string, HashSet<string>>? Wanted(AlertBatch batch, IReadOnlyList<RunbookDefinition> runbooks)
    {
        if (runbooks.Count == 0)
            return null;
        Dictionary<string, HashSet<string>>? wanted = null;
        foreach (var alert in batch.Alerts.Where(alert => alert.Firing))
        {
            var labels = AlertJson.ToDictionary(alert.Labels);
            foreach (var runbook in runbooks.Where(runbook => runbook.Alerts.Any(trigger => trigger.Matches(labels))))
            {
                wanted ??= new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
                if (!wanted.TryGetValue(runbook.Name, out var found))
                    wanted[runbook.Name] = found = new HashSet<string>(StringComparer.Ordinal);
                found.Add(alert.Fingerprint);
            }
        }

        return wanted;
    }

    // What the batch's service stands on, nearest first.
    private static IReadOnlyList<string> Parents(AlertBatch batch, AlertRoute route, ServiceTree services) =>
        services.IsEmpty ? [] : services.AncestorsOf(AlertJson.ToDictionary(batch.Alerts[0].Labels).GetValueOrDefault(route.ServiceLabel));
}
