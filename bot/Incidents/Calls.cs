using Bot.Log;

namespace Bot.Incidents;

/// <summary>Who is called in which order, until somebody acknowledges. Pure.</summary>
internal static class Calls
{
    /// <summary>The first call to each target of a level.</summary>
    public static IEnumerable<Effect> Begin(Incident state, int level, DateTimeOffset now)
    {
        foreach (var target in state.Policy.Level(level)?.Targets ?? [])
            yield return EffectOf(state, new PageEffect(state.Number, target, 1, Level: level, Round: state.Flaps), now);
    }

    public static Effect EffectOf(Incident state, PageEffect page, DateTimeOffset due) =>
        new(PageEffect.Kind, KeyOf(state.Id) + page.Target, page, due);

    /// <summary>What the ordering keys of an incident's calls begin with.</summary>
    public static string KeyOf(string incident) => $"page/{incident}/";

    /// <summary>Why a call that was ordered is not made after all; null: it is.</summary>
    public static string? Over(Incident state, PageEffect page) =>
        !state.IsOpen ? $"{state.Id} is {state.State.Word()}"
        : page.Asked ? null
        : !state.AwaitsAcknowledgement ? $"{state.AcknowledgedBy} acknowledged"
        // An alert that came back began its own calls: the earlier ones must not go on beside them.
        : page.Round != state.Flaps ? "newer calls have begun since it was re-opened"
        : null;

    /// <summary>Nobody acknowledged in all the calls to a level, or none of its targets can be reached: the next level is called.</summary>
    /// <param name="level">The level whose calls are over; several targets may say so, the first one moves on.</param>
    public static IEnumerable<IncidentFact> Exhausted(Incident state, int level, string reason)
    {
        if (!state.IsOpen || !state.AwaitsAcknowledgement || state.CallLevel != level)
            yield break;
        if (state.Policy.Level(level + 1) is { } next)
            yield return new IncidentFact.CallsEscalated(level + 1, next.Targets, reason);
        else if (!state.Unanswered)
            yield return new IncidentFact.CallsUnanswered(reason);
    }

    public static bool NobodyReachable(Incident state, int level) =>
        state.Policy.Level(level) is { } here && here.Targets.All(target => state.Unreached.Contains(target));
}
