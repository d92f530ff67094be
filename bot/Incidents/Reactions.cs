using Bot.Log;
using Bot.Paging;

namespace Bot.Incidents;

/// <summary>What follows from a fact outside the log. Pure; the desk commits these with the fact.</summary>
internal static class Reactions
{
    /// <param name="state">The incident after the fact.</param>
    public static IEnumerable<Effect> To(IncidentFact fact, Incident state, ReminderOptions reminders, DateTimeOffset now)
    {
        var level = fact switch
        {
            IncidentFact.Declared or IncidentFact.Reopened { Flap: true } => 0,
            IncidentFact.CallsEscalated escalated => escalated.Level,
            _ => -1,
        };
        if (level >= 0)
        {
            foreach (var call in Calls.Begin(state, level, now))
                yield return call;
        }

        if (fact is IncidentFact.Declared || (Reminders.MayComeEarlier(fact) && state.IsOpen))
            yield return RemindEffect.Next(state, reminders, now);
        if (fact is IncidentFact.PageRequested asked)
        {
            yield return Calls.EffectOf(state, new PageEffect(state.Number, asked.Target, 1, Asked: true) { Reason = asked.Reason }, now);
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
/// <param name="Level">Of the route's levels, from 0.</param>
/// <param name="Round">How often alerts had re-opened the incident when the calls began: those of an earlier round are over.</param>
internal sealed record PageEffect(int Incident, PageTarget Target, int Attempt, bool Asked = false, int Level = 0, int Round = 0)
{
    public const string Kind = "page";

    /// <summary>Why the person asked; null: it was not said.</summary>
    public string? Reason { get; init; }
}

/// <summary>Alerts fire that a runbook asks for: propose it, start it, or hold it back.</summary>
internal sealed record ConsiderRunbook(int Incident, string Source, string Runbook, IReadOnlyList<string> Fingerprints)
{
    public const string Kind = "runbooks.consider";

    /// <summary>One at a time for each runbook, over all nodes: so its budget holds to the run.</summary>
    public static Effect Of(int incident, string source, string runbook, IReadOnlyList<string> fingerprints, DateTimeOffset now) =>
        new(Kind, $"runbook/{runbook}", new ConsiderRunbook(incident, source, runbook, fingerprints), now);
}

/// <summary>The incident of a run is over: cancel what waits for a decision.</summary>
internal sealed record IncidentOver(int Incident, string Run)
{
    public const string Kind = "run.incident-over";
}
