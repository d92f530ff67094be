using Bot.Log;
using Bot.Paging;

namespace Bot.Incidents;

/// <summary>What follows from a fact outside the log. Pure; the desk commits these with the fact.</summary>
internal static class Reactions
{
    /// <param name="state">The incident after the fact.</param>
    public static IEnumerable<Effect> To(IncidentFact fact, Incident state, DateTimeOffset now)
    {
        if (fact is IncidentFact.Declared declared)
        {
            foreach (var target in declared.Policy.Page)
                yield return new Effect(PageEffect.Kind, $"page/{state.Id}/{target}", new PageEffect(state.Number, target, 1), now);
        }

        if (fact is IncidentFact.AlertsJoined { Names.Count: > 0 } joined)
            yield return new Effect(
                ConsiderRunbooks.Kind,
                $"runbooks/{state.Id}",
                new ConsiderRunbooks(state.Number, joined.Source, joined.Fired),
                now
            );
        if (fact is IncidentFact.PageRequested asked)
        {
            yield return new Effect(
                PageEffect.Kind,
                $"page/{state.Id}/{asked.Target}",
                new PageEffect(state.Number, asked.Target, 1, Asked: true),
                now
            );
        }

        if (fact is IncidentFact.Reopened { Flap: true } && state.Policy.Page is { Count: > 0 } targets)
        {
            foreach (var target in targets)
                yield return new Effect(PageEffect.Kind, $"page/{state.Id}/{target}", new PageEffect(state.Number, target, 1), now);
        }

        // Nobody decides on a step of an incident that is over: its open cards go with it.
        if (
            fact
            is IncidentFact.Moved { To: IncidentState.Resolved or IncidentState.Declined or IncidentState.Cancelled }
                or IncidentFact.MergedInto
        )
        {
            foreach (var run in state.OpenRuns)
                yield return new Effect(IncidentOver.Kind, $"run/{run}", new IncidentOver(state.Number, run), now);
        }
    }
}

/// <summary>Call somebody; the handler repeats it until the incident is acknowledged or over.</summary>
/// <param name="Asked">A person asked for this call: it goes out once, acknowledged or not.</param>
internal sealed record PageEffect(int Incident, PageTarget Target, int Attempt, bool Asked = false)
{
    public const string Kind = "page";
}

/// <summary>Look which runbooks match alerts that an incident sees for the first time.</summary>
internal sealed record ConsiderRunbooks(int Incident, string Source, IReadOnlyList<string> Fingerprints)
{
    public const string Kind = "runbooks.consider";
}

/// <summary>The incident of a run is over: cancel what waits for a decision.</summary>
internal sealed record IncidentOver(int Incident, string Run)
{
    public const string Kind = "run.incident-over";
}
