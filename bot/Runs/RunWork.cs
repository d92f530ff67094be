using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Observability;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Runs;

/// <summary>Look at a run again: a wait is over, or somebody decided.</summary>
internal sealed record WakeRun(string Run)
{
    public const string Kind = "run.wake";
}

/// <summary>Begins the stream of a run; start and first attempt are one commit.</summary>
internal sealed class StartRunWork(string id, IReadOnlyList<RunFact> facts, Actor actor) : DeskWork<string>
{
    public override string Decide(IDraft draft)
    {
        RunAppend.Facts(draft, id, facts, actor, null);
        return id;
    }
}

/// <summary>Facts of a run by the process that carries it on.</summary>
internal sealed class AppendRunWork(RunState seen, IReadOnlyList<RunFact> facts, DateTimeOffset? wake) : DeskWork<JournalAnswer>
{
    public override JournalAnswer Decide(IDraft draft)
    {
        if (draft.Run(seen.Id) is not { } state || state.Epoch != seen.Epoch || state.IsOver)
            return new JournalAnswer.StaleEpoch();
        if (state.Interventions != seen.Interventions)
            return new JournalAnswer.Changed(state);
        RunAppend.Facts(draft, seen.Id, facts, Actor.Run(seen.Id), state.Incident);
        if (wake is { } due)
            draft.Emit(new Effect(WakeRun.Kind, $"run/{seen.Id}", new WakeRun(seen.Id), due));
        return new JournalAnswer.Appended(draft.Run(seen.Id)!);
    }
}

/// <summary>A run changes hands: the higher epoch keeps the old process from writing.</summary>
/// <param name="from">The epoch that is taken over; if it has changed, somebody else was faster.</param>
internal sealed class TakeOverWork(string run, long from, string node) : DeskWork<RunState?>
{
    public override RunState? Decide(IDraft draft)
    {
        if (draft.Run(run) is not { IsOver: false } state || state.Epoch != from)
            return null;
        draft.Append(StreamId.Run(run), new RunFact.TakenOver(node, from + 1, state.Node), Actor.System, incident: state.Incident);
        return draft.Run(run);
    }
}

/// <summary>What a person decides about a waiting step.</summary>
internal sealed class DecideRunWork(string run, string step, RunDecision decision, string? hash, string? reason, Caller by)
    : DeskWork<string?>
{
    /// <returns>Null if it was recorded, else why not.</returns>
    public override string? Decide(IDraft draft)
    {
        if (draft.Run(run) is not { } state)
            return $"There is no run {run}.";
        if (DecisionRule.Refusal(state, step, decision, hash) is { } refusal)
            return refusal;
        var wait = state.Steps[step].Wait!;
        if (!by.May(Role.Approver) && !(wait.From.Count > 0 && by.May(Role.Responder) && by.IsIn(wait.From)))
            return "This needs the role approver.";
        if (!by.IsIn(wait.From))
            return DecisionRule.NotAmong(wait.From);
        draft.Append(
            StreamId.Run(run),
            new RunFact.Decided(step, decision, by.Actor.ToString(), reason, wait.Hash, null),
            by.Actor,
            incident: state.Incident
        );
        draft.Emit(new Effect(WakeRun.Kind, $"run/{run}", new WakeRun(run), draft.Now));
        return null;
    }
}

/// <summary>Stops a run: what runs is interrupted, what waits is closed, <c>finally</c> still runs.</summary>
internal sealed class CancelRunWork(string run, string reason, Actor by, bool onlyWaiting = false) : DeskWork<string?>
{
    public override string? Decide(IDraft draft)
    {
        if (draft.Run(run) is not { } state)
            return $"There is no run {run}.";
        if (state.IsOver)
            return $"The run {run} is over.";
        if (state.CancelRequestedBy is not null)
            return null;
        var waitsForPeople = state.WaitingFor.Any(waiting => waiting.Wait.Kind is WaitKind.Approval or WaitKind.Answer or WaitKind.Unknown);
        if (onlyWaiting && !waitsForPeople)
            return null;
        draft.Append(StreamId.Run(run), new RunFact.CancelRequested(by.ToString(), reason), by, incident: state.Incident);
        draft.Emit(new Effect(WakeRun.Kind, $"run/{run}", new WakeRun(run), draft.Now));
        return null;
    }
}

/// <summary>Writes facts of a run, and on its incident what the story needs of them.</summary>
internal static class RunAppend
{
    public static void Facts(IDraft draft, string id, IReadOnlyList<RunFact> facts, Actor actor, int? incident)
    {
        foreach (var fact in facts)
        {
            if (fact is RunFact.Started { Incident: { } of })
                incident = of;
            draft.Append(StreamId.Run(id), fact, actor, incident: incident);
            if (incident is not { } number || draft.Incident(number) is null)
                continue;
            if (fact is RunFact.Started started)
                draft.Append(StreamId.Incident(number), new IncidentFact.RunAttached(id, started.Runbook, started.StartedBy), actor);
            else if (fact is RunFact.Ended ended)
            {
                draft.Append(
                    StreamId.Incident(number),
                    new IncidentFact.RunFinished(id, draft.Run(id)!.Runbook, Runbooks.Definition.Words.Of(ended.Phase), ended.Because),
                    actor
                );
            }
        }
    }
}

/// <summary>The journal of runs is the log, through the desk.</summary>
internal sealed class DeskJournal(IDesk desk, TimeProvider time) : IRunJournal
{
    public async Task<JournalAnswer> AppendAsync(
        RunState seen,
        IReadOnlyList<RunFact> facts,
        DateTimeOffset? wake,
        CancellationToken cancel
    )
    {
        var answer = await desk.SubmitAsync(new AppendRunWork(seen, facts, wake), cancel);
        if (answer is JournalAnswer.Appended)
            Measure(seen, facts);
        return answer;
    }

    private void Measure(RunState seen, IReadOnlyList<RunFact> facts)
    {
        foreach (var fact in facts)
        {
            if (fact is RunFact.StepEnded { Number: > 0 } ended && seen.Steps.GetValueOrDefault(ended.Step) is { } step)
            {
                var started = step.Attempts.FirstOrDefault(attempt => attempt.Number == ended.Number)?.StartedAt;
                if (started is { } at)
                    Meters.Step(Runbooks.Definition.Words.Of(ended.Outcome), (time.GetUtcNow() - at).TotalSeconds);
            }
            else if (fact is RunFact.Ended over)
            {
                Meters.Run(Runbooks.Definition.Words.Of(over.Phase));
            }
        }
    }
}
