using System.Text.Json;
using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Observability;
using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Runs;

/// <summary>Look at a run again: a wait is over, or somebody decided.</summary>
/// <param name="Take">Nobody drives it: whoever comes first carries it on.</param>
internal sealed record WakeRun(string Run, bool Take = false)
{
    public const string Kind = "run.wake";

    /// <param name="before">The run before what happened: one that was running is driven by somebody, who sees it there.</param>
    public static Effect Of(RunState before, DateTimeOffset due) =>
        new(Kind, $"run/{before.Id}", new WakeRun(before.Id, before.Phase is not RunPhase.Running), due);
}

/// <summary>Begins the stream of a run; start and first attempts are one commit.</summary>
/// <param name="proposal">The incident whose proposal it is, which is started once; null: it is started for itself.</param>
internal sealed class StartRunWork(string id, RunBeginning beginning, Actor actor, (int Incident, string Runbook)? proposal = null)
    : DeskWork<RunBegun>
{
    public override RunBegun Decide(IDraft draft)
    {
        if (actor == Actor.System && draft.Automation.Refusal is not null)
            return new RunBegun("");
        if (
            proposal is var (incident, runbook)
            && draft.Incident(incident)?.Proposed.Find(one => one.Runbook == runbook) is { Run: { } earlier, StartedBy: { } by }
        )
            return new RunBegun(earlier, by);
        draft.Create(StreamId.Run(id));
        RunAppend.Facts(draft, id, beginning.Facts, actor, null);
        if (beginning.Wake is { } due)
            draft.Emit(new Effect(WakeRun.Kind, $"run/{id}", new WakeRun(id, Take: true), due));
        return new RunBegun(id);
    }

    // A dead letter that is tried again starts it once that is allowed.
    public override bool Keeps(RunBegun answer) => answer.Run.Length > 0;

    // Earlier versions kept the run alone.
    public override RunBegun ReadAnswer(string kept) =>
        kept.StartsWith('"') ? new RunBegun(JsonSerializer.Deserialize<string>(kept)!) : base.ReadAnswer(kept);
}

/// <param name="Run">Empty where all automation is stopped and nobody asked for the run.</param>
/// <param name="StartedBefore">Who was faster, and had started it; null: it was started now.</param>
internal sealed record RunBegun(string Run, string? StartedBefore = null);

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
            draft.Emit(new Effect(WakeRun.Kind, $"run/{seen.Id}", new WakeRun(seen.Id, Take: true), due));
        return new JournalAnswer.Appended(draft.Run(seen.Id)!);
    }
}

/// <summary>A run changes hands: the higher epoch keeps the old process from writing.</summary>
/// <param name="from">The epoch that is taken over; if it has changed, somebody else was faster.</param>
/// <param name="hold">Why it goes on only when somebody releases it; null: at once.</param>
/// <param name="idle">Only while its process makes no attempt: a run that is under way is driven, and the attempt would be made twice.</param>
internal sealed class TakeOverWork(string run, long from, string node, string? hold = null, bool idle = false) : DeskWork<RunState?>
{
    public override RunState? Decide(IDraft draft)
    {
        if (draft.Run(run) is not { IsOver: false } state || state.Epoch != from || (idle && state.IsUnderWay))
            return null;
        draft.Append(StreamId.Run(run), new RunFact.TakenOver(node, from + 1, state.Node), Actor.System, incident: state.Incident);
        if (hold is not null)
        {
            var held = new RunFact.StepWaits("", WaitKind.Hold, Binding.OfHold(run, from + 1), [], hold, null, null);
            draft.Append(StreamId.Run(run), held, Actor.System, incident: state.Incident);
        }

        return draft.Run(run);
    }
}

/// <summary>What a person decides about a run or one of its steps.</summary>
/// <param name="node">Who carries the run on if it goes on from a step.</param>
internal sealed class DecideRunWork(string run, RunbookSet books, DecisionMade made, Caller by, string node) : DeskWork<RunDecided>
{
    public override RunDecided Decide(IDraft draft)
    {
        if (draft.Run(run) is not { } state)
            return new RunDecided($"There is no run {run}.");
        var (refusal, fact) = DecisionRule.Decide(books, state, made, node);
        if (refusal is not null)
            return new RunDecided(refusal);
        if (DecisionRights.Refusal(books, state, made, by, draft.Access) is { } forbidden)
            return new RunDecided(forbidden);
        var about = DecisionRule.WaitFor(state, made) is { } wait ? new RunDecided.Question(wait.Text, wait.Hash) : null;
        if (fact is RunFact.CancelRequested cancel && !state.IsChangedBy(cancel))
            return new RunDecided(null, about);
        RunAppend.Facts(draft, run, [fact!], by.Actor, state.Incident);
        draft.Emit(
            state.IsOver ? new Effect(WakeRun.Kind, $"run/{run}", new WakeRun(run, Take: true), draft.Now) : WakeRun.Of(state, draft.Now)
        );
        return new RunDecided(null, about);
    }
}

/// <summary>What came of a decision.</summary>
/// <param name="Refusal">Why it was not recorded; null if it was.</param>
/// <param name="About">The question that it answers, if somebody was asked one.</param>
internal sealed record RunDecided(string? Refusal, RunDecided.Question? About = null)
{
    public sealed record Question(string Text, string? Hash);
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
        var cancel = new RunFact.CancelRequested(by.ToString(), reason);
        // Whoever has stopped a run that waits has said what becomes of it.
        if (!state.IsChangedBy(cancel) || (onlyWaiting && state.CancelRequestedBy is not null))
            return null;
        var waitsForPeople = state.WaitingFor.Any(waiting =>
            waiting.Wait.Kind is WaitKind.Approval or WaitKind.Answer or WaitKind.Unknown or WaitKind.Hold
        );
        if (onlyWaiting && !waitsForPeople)
            return null;
        draft.Append(StreamId.Run(run), cancel, by, incident: state.Incident);
        draft.Emit(WakeRun.Of(state, draft.Now));
        return null;
    }
}

/// <summary>Writes facts of a run, answers those about locks, and tells its incident what the story needs of them.</summary>
internal static class RunAppend
{
    public static void Facts(IDraft draft, string id, IReadOnlyList<RunFact> facts, Actor actor, int? incident)
    {
        foreach (var fact in facts)
        {
            if (fact is RunFact.Started { Incident: { } of })
                incident = of;
            var locks = fact is RunFact.Ended && draft.Run(id) is { Locks.IsEmpty: false };
            var written = fact is RunFact.LocksWanted asked ? asked with { Position = draft.Head + 1 } : fact;
            draft.Append(StreamId.Run(id), written, actor, incident: incident);
            if (written is RunFact.LocksWanted wanted)
                RunLocks.Ask(draft, id, wanted, actor, incident);
            else if (written is RunFact.LocksFreed freed)
                RunLocks.Free(draft, id, freed.Scope);
            else if (locks)
                RunLocks.Free(draft, id, null);
            if (incident is { } number && draft.Incident(number) is not null && Told(draft, id, fact) is { } told)
                draft.Append(StreamId.Incident(number), told, actor);
        }
    }

    private static IncidentFact? Told(IDraft draft, string id, RunFact fact) =>
        fact switch
        {
            RunFact.Started started => new IncidentFact.RunAttached(id, started.Runbook, started.StartedBy),
            RunFact.RetriedFrom retried => new IncidentFact.RunAttached(id, draft.Run(id)!.Runbook, retried.By, retried.Step),
            RunFact.Ended ended => new IncidentFact.RunFinished(
                id,
                draft.Run(id)!.Runbook,
                Runbooks.Definition.Words.Of(ended.Phase),
                ended.Because
            ),
            RunFact.Decided { BreakGlass: true } alone => new IncidentFact.GlassBroken(id, alone.Step, alone.Reason ?? ""),
            _ => null,
        };
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
        try
        {
            var answer = await desk.SubmitAsync(new AppendRunWork(seen, facts, wake), cancel);
            if (answer is JournalAnswer.Appended)
                Measure(seen, facts);
            return answer;
        }
        catch (UnwritableFactException fault)
        {
            return new JournalAnswer.Unwritable(fault.Fact as RunFact, fault.Message);
        }
    }

    private void Measure(RunState seen, IReadOnlyList<RunFact> facts)
    {
        foreach (var fact in facts)
        {
            if (fact is RunFact.StepEnded { Number: > 0 } ended && seen.Steps.GetValueOrDefault(ended.Step) is { } step)
            {
                // It is nearly always the last one.
                var number = step.Attempts.Count - 1;
                while (number >= 0 && step.Attempts[number].Number != ended.Number)
                    number--;
                if (number >= 0)
                    Meters.Step(
                        Runbooks.Definition.Words.Of(ended.Outcome),
                        (time.GetUtcNow() - step.Attempts[number].StartedAt).TotalSeconds
                    );
            }
            else if (fact is RunFact.Ended over)
            {
                Meters.Run(Runbooks.Definition.Words.Of(over.Phase));
            }
        }
    }
}
