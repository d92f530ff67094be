using System.Globalization;
using System.Text.Json;
using Bot.Incidents;
using Bot.Log;

namespace Bot.Desk;

/// <summary>One command on one incident.</summary>
internal sealed class IncidentWork(int number, IncidentCommand command, Actor actor) : DeskWork<Decision>
{
    public override string WriteAnswer(Decision answer) => KeptDecision.Write(answer);

    public override Decision ReadAnswer(string kept) => KeptDecision.Read(kept);

    public override Decision Decide(IDraft draft)
    {
        if (draft.Incident(number) is not { } state)
            return new Decision.Rejected(new Rejection.NoSuchIncident(StreamId.Incident(number).Value));
        if (command is IncidentCommand.Merge merge)
            return Merge(draft, state, merge);
        if (command is IncidentCommand.Relate relate)
            return Relate(draft, state, relate);
        return Append(draft, number, IncidentDecisions.Decide(state, command, draft.Now));
    }

    private Decision Append(IDraft draft, int stream, Decision decision)
    {
        if (decision is Decision.Accepted accepted)
        {
            foreach (var fact in accepted.Facts)
                draft.Append(StreamId.Incident(stream), fact, actor, fact.HappenedAt);
        }

        return decision;
    }

    // Each of the two knows of the other, or neither does.
    private Decision Relate(IDraft draft, Incident state, IncidentCommand.Relate relate)
    {
        if (draft.Incident(relate.Other) is not { } other)
            return new Decision.Rejected(new Rejection.NoSuchIncident(StreamId.Incident(relate.Other).Value));
        if (IncidentDecisions.Apart(state, other) is { } secret)
            return new Decision.Rejected(secret);
        var here = IncidentDecisions.Decide(state, relate, draft.Now);
        if (here is Decision.Accepted { Facts.Count: > 0 })
            Append(draft, other.Number, IncidentDecisions.Decide(other, relate with { Other = number }, draft.Now));
        return Append(draft, number, here);
    }

    // Both halves of a merge are one transaction, or neither is.
    private Decision Merge(IDraft draft, Incident state, IncidentCommand.Merge merge)
    {
        if (draft.Incident(merge.Into) is not { } target)
            return new Decision.Rejected(new Rejection.NoSuchIncident(StreamId.Incident(merge.Into).Value));
        if (IncidentDecisions.Apart(state, target) is { } secret)
            return new Decision.Rejected(secret);
        var leaving = IncidentDecisions.Decide(state, merge, draft.Now);
        if (leaving is Decision.Rejected)
            return leaving;
        var absorbing = IncidentDecisions.Decide(target, new IncidentCommand.Absorb(state), draft.Now);
        if (absorbing is Decision.Rejected)
            return absorbing;
        Append(draft, merge.Into, absorbing);
        return Append(draft, number, leaving);
    }
}

/// <summary>
/// An incident as it is now. For who is about to decide on it anyway: the desk has it in memory, and what was committed a moment
/// ago counts.
/// </summary>
internal sealed class FindIncidentWork(int number) : DeskWork<Incident?>
{
    public override Incident? Decide(IDraft draft) => draft.Incident(number);
}

/// <summary>A new incident.</summary>
/// <param name="also">What is true of it from its first moment, beside the declaration.</param>
internal sealed class DeclareWork(Declaration declaration, Actor actor, IReadOnlyList<IncidentFact>? also = null)
    : DeskWork<(int Number, Decision Decision)>
{
    public override string WriteAnswer((int Number, Decision Decision) answer) =>
        string.Create(CultureInfo.InvariantCulture, $"{answer.Number} {KeptDecision.Write(answer.Decision)}");

    public override (int Number, Decision Decision) ReadAnswer(string kept)
    {
        var blank = kept.IndexOf(' ', StringComparison.Ordinal);
        return (int.Parse(kept.AsSpan(0, blank), CultureInfo.InvariantCulture), KeptDecision.Read(kept[(blank + 1)..]));
    }

    public override (int Number, Decision Decision) Decide(IDraft draft)
    {
        var number = draft.NextIncidentNumber;
        var decision = IncidentDecisions.Declare(number, declaration, draft.Now);
        if (decision is not Decision.Accepted accepted)
            return (0, decision);
        draft.Create(StreamId.Incident(number));
        foreach (var fact in accepted.Facts.Concat(also ?? []))
            draft.Append(StreamId.Incident(number), fact, actor, fact.HappenedAt);
        return (number, decision);
    }
}

/// <summary>A decision as it is kept for a repeat: what was said, not the facts, which are on the log.</summary>
internal sealed record KeptDecision(bool Accepted, string Sentence)
{
    public static string Write(Decision decision) =>
        JsonSerializer.Serialize(
            decision switch
            {
                Decision.Accepted accepted => new KeptDecision(true, accepted.Reply),
                Decision.Rejected rejected => new KeptDecision(false, rejected.Why.Sentence),
                _ => throw new InvalidOperationException($"No way to keep {decision.GetType().Name}."),
            },
            FactJson.Options
        );

    public static Decision Read(string kept)
    {
        var read = JsonSerializer.Deserialize<KeptDecision>(kept, FactJson.Options)!;
        return read.Accepted ? new Decision.Accepted([], read.Sentence) : new Decision.Rejected(new Rejection.Conflict(read.Sentence));
    }
}
