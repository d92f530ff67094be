using Bot.Incidents;
using Bot.Log;

namespace Bot.Figures;

/// <summary>One duration of one incident, with the two events behind it.</summary>
/// <param name="Formula">As it is printed beside the number.</param>
/// <param name="ToPosition">The log position of the event that ends it.</param>
internal sealed record Duration(string Name, string Formula, DateTimeOffset From, DateTimeOffset To, long ToPosition)
{
    public TimeSpan Length => To > From ? To - From : TimeSpan.Zero;
}

/// <summary>Durations of one incident, from events only.</summary>
internal static class IncidentFigures
{
    /// <param name="facts">The incident's own facts, in the log's order.</param>
    public static IReadOnlyList<Duration> Of(IReadOnlyList<(LogEvent Event, IncidentFact Fact)> facts)
    {
        if (facts.Count == 0 || facts[0].Fact is not IncidentFact.Declared)
            return [];
        Incident? state = null;
        LogEvent? declared = null;
        LogEvent? called = null;
        LogEvent? acknowledged = null;
        LogEvent? mitigated = null;
        LogEvent? resolved = null;
        foreach (var (logged, fact) in facts)
        {
            var before = state;
            state = Incident.Evolve(state, fact, logged.HappenedAt, logged.Actor);
            declared ??= logged;
            if (called is null && fact is IncidentFact.AlertsJoined { Fired.Count: > 0 } or IncidentFact.PageSent)
                called ??= logged;
            if (before?.AcknowledgedAt is null && state.AcknowledgedAt is not null)
                acknowledged = logged;
            if (before?.MitigatedAt is null && state.MitigatedAt is not null)
                mitigated = logged;
            if (before?.FirstResolvedAt is null && state.FirstResolvedAt is not null)
                resolved = logged;
        }

        var impact = state!.ImpactStartedAt;
        var durations = new List<Duration> { new("detect", "declared − impact started", impact, declared!.HappenedAt, declared.Position) };
        if (acknowledged is not null)
            durations.Add(
                // Whom nobody called, the declaration did; an acknowledgement before the first call is no wait.
                called is null
                || called.HappenedAt > acknowledged.HappenedAt
                    ? new("acknowledge", "acknowledged − declared", declared.HappenedAt, acknowledged.HappenedAt, acknowledged.Position)
                    : new(
                        "acknowledge",
                        "acknowledged − first alert or call",
                        called.HappenedAt,
                        acknowledged.HappenedAt,
                        acknowledged.Position
                    )
            );
        if (mitigated is not null)
            durations.Add(new("mitigate", "mitigated − impact started", impact, mitigated.HappenedAt, mitigated.Position));
        if (resolved is not null)
        {
            durations.Add(new("resolve", "first resolved − impact started", impact, resolved.HappenedAt, resolved.Position));
            durations.Add(
                new("resolve once declared", "first resolved − declared", declared.HappenedAt, resolved.HappenedAt, resolved.Position)
            );
        }

        return durations;
    }
}
