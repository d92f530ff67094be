using Bot.Incidents;
using Bot.Log;

namespace Bot.Desk;

/// <summary>One command on one incident.</summary>
internal sealed class IncidentWork(int number, IncidentCommand command, Actor actor) : DeskWork<Decision>
{
    public override Decision Decide(IDraft draft)
    {
        if (draft.Incident(number) is not { } state)
            return new Decision.Rejected(new Rejection.NoSuchIncident(StreamId.Incident(number).Value));
        if (command is IncidentCommand.Merge merge)
            return Merge(draft, state, merge);
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

    // Both halves of a merge are one transaction, or neither is.
    private Decision Merge(IDraft draft, Incident state, IncidentCommand.Merge merge)
    {
        if (draft.Incident(merge.Into) is not { } target)
            return new Decision.Rejected(new Rejection.NoSuchIncident(StreamId.Incident(merge.Into).Value));
        var leaving = IncidentDecisions.Decide(state, merge, draft.Now);
        if (leaving is Decision.Rejected)
            return leaving;
        var absorbing = IncidentDecisions.Decide(target, new IncidentCommand.Absorb(number), draft.Now);
        if (absorbing is Decision.Rejected)
            return absorbing;
        Append(draft, merge.Into, absorbing);
        return Append(draft, number, leaving);
    }
}

/// <summary>A new incident.</summary>
internal sealed class DeclareWork(Declaration declaration, Actor actor) : DeskWork<(int Number, Decision Decision)>
{
    public override (int Number, Decision Decision) Decide(IDraft draft)
    {
        var number = draft.NextIncidentNumber;
        var decision = IncidentDecisions.Declare(number, declaration, draft.Now);
        if (decision is not Decision.Accepted accepted)
            return (0, decision);
        foreach (var fact in accepted.Facts)
            draft.Append(StreamId.Incident(number), fact, actor);
        return (number, decision);
    }
}
