using System.Collections.Immutable;
using System.Text.Json;
using Runbooks.Expressions;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>Folds facts into the state of one step. Pure.</summary>
internal static class StepEvolution
{
    public static StepState Started(StepState known, RunFact.StepStarted started, RunState run, DateTimeOffset at)
    {
        // A later round looks anew; what this attempt compares with stays what it was.
        var before = started.Before is null ? null : run.Steps.GetValueOrDefault(started.Step + StepPath.Before);
        var earlier =
            known.InDoubt is { Before: { } lost } doubted && started.Before is { } own && JsonElement.DeepEquals(lost, own)
                ? doubted
                : null;
        var isProbe = StepPath.IsProbe(started.Step);
        return known with
        {
            Outcome = StepOutcome.Running,
            Attempts = known.Attempts.Add(
                new StepAttempt(
                    started.Number,
                    at,
                    started.Effect,
                    started.InputsHash,
                    started.IdempotencyKey,
                    started.Deadline,
                    started.Before,
                    run.Node
                )
                {
                    BeforeMasked = earlier?.BeforeMasked ?? before?.Masked ?? [],
                    BeforeCut = earlier?.BeforeCut ?? before?.Cut ?? [],
                    StartedVersion = run.Version,
                    Epoch = run.Epoch,
                }
            ),
            // What a look found the last time says nothing of this one.
            Outputs = isProbe ? null : known.Outputs,
            OutputsSize = isProbe ? 0 : known.OutputsSize,
            HeldByAttempt = false,
            AttemptsSize = known.AttemptsSize + SizeOf(started.Before),
            Retry = null,
            Wait = null,
            WaitedOut = false,
        };
    }

    /// <summary>Of <c>before</c>, once an attempt has begun with what it found: there is one of it, not one for each.</summary>
    public static StepState Held(StepState look, JsonElement before) => look with { Outputs = before, HeldByAttempt = true };

    public static StepState Ended(StepState known, RunFact.StepEnded ended, RunState run, DateTimeOffset at)
    {
        var state =
            ended.Number == 0
                ? known
                : known.Attempt(
                    ended.Number,
                    attempt =>
                        attempt with
                        {
                            EndedAt = at,
                            Outcome = ended.Outcome,
                            Class = ended.Class,
                            Because = ended.Because,
                            EndedVersion = run.Version,
                            Lost = attempt.Epoch != run.Epoch,
                            // An end after its end is what was found out about it.
                            DidNotHappen = attempt.EndedAt is not null && ended is { Outcome: StepOutcome.Unknown, Retry: not null },
                            SilentUntil = known.IsAwaited && !attempt.HasEnded && at < attempt.Deadline ? attempt.Deadline : null,
                        }
                );
        return state with
        {
            Outcome =
                ended.Verify ? StepOutcome.Running
                : ended.Retry is null ? ended.Outcome
                : StepOutcome.Pending,
            Class = ended.Class,
            Outputs = ended.Outputs ?? known.Outputs,
            OutputsSize = ended.Outputs is null ? known.OutputsSize : SizeOf(ended.Outputs),
            AttemptsSize = known.AttemptsSize + (ended.Because?.Length ?? 0),
            Masked = ended.Outputs is null ? known.Masked : ended.Masked ?? [],
            Cut = ended.Outputs is null ? known.Cut : ended.Cut ?? [],
            Because = ended.Because,
            Retry = ended.Retry,
            Wait = null,
            EndedAt = at,
            EndsRun = ended.EndsRun,
            Verifying = ended.Verify,
        };
    }

    public static StepState Begun(StepState known, JsonElement? items = null)
    {
        var begun = known with { Outcome = StepOutcome.Running, Begun = true, Wait = null };
        return items is { } list
            ? begun with
            {
                Targets = new StepTargets(list, list.GetArrayLength(), 0, [], 0),
                GivenSize = SizeOf(list),
            }
            : begun;
    }

    public static StepState Called(StepState known, JsonElement with, DateTimeOffset at) =>
        Begun(known) with
        {
            CalledWith = with,
            CalledAt = at,
            GivenSize = SizeOf(with),
        };

    public static StepState Waits(StepState known, RunFact.StepWaits waits, RunState run, DateTimeOffset at) =>
        known with
        {
            Outcome =
                waits.Kind is WaitKind.Unknown ? StepOutcome.Unknown
                : known.Begun ? known.Outcome
                : StepOutcome.Waiting,
            Wait = WaitOf(waits, known.Decisions.Count, run, at),
        };

    public static StepState WaitedOut(StepState known) =>
        known with
        {
            Wait = null,
            WaitedOut = true,
            Outcome = known.Outcome is StepOutcome.Waiting or StepOutcome.Unknown ? StepOutcome.Pending : known.Outcome,
        };

    public static StepWait WaitOf(RunFact.StepWaits waits, int decisions, RunState run, DateTimeOffset at) =>
        new(waits.Kind, waits.Hash, waits.From, waits.Text, waits.Evidence, at, waits.Until)
        {
            Version = run.Version,
            DecisionsBefore = decisions,
            Remind = waits.Remind,
            BeforeUndo = IsBeforeUndo(waits),
        };

    // A log from before there was the mark has the words alone.
    public static bool IsBeforeUndo(RunFact.StepWaits waits) =>
        waits.BeforeUndo || (StepPath.IsUndo(waits.Step) && waits.Text.StartsWith(UndoPlanner.BeforeIt, StringComparison.Ordinal));

    /// <summary>A run that was over goes on; what is done anew keeps its attempts, so that they are numbered on.</summary>
    public static RunState Retried(RunState state, RunFact.RetriedFrom retried)
    {
        var again = retried.Steps.ToHashSet(StringComparer.Ordinal);
        var first = state.Steps.GetValueOrDefault(retried.Step);
        var steps = state.Steps.ToBuilder();
        var open = ImmutableSortedSet.CreateBuilder<int>();
        var undone = Undone(state, retried.Step);
        foreach (var (path, step) in state.Steps)
        {
            var kept = !again.Contains(StepPath.Root(path));
            if (
                first?.Targets is not null
                && StepPath.Root(path) == retried.Step
                && StepPath.Targets(path).Select(target => (int?)target.Index).FirstOrDefault() is { } index
            )
            {
                var target = state.Steps.GetValueOrDefault(StepPath.Target(retried.Step, index));
                kept = target is { Outcome: StepOutcome.Success or StepOutcome.Skipped } && !undone.Contains(index);
                if (!kept)
                    open.Add(index);
            }

            // What stays may have to be undone when the run fails once more; an undo that was not made is tried again then.
            if (!kept || IsOfFailedUndo(state, path))
                steps[path] = Anew(state, path, step);
        }

        if (first?.Targets is { } targets)
        {
            steps[retried.Step] = Anew(state, retried.Step, first) with
            {
                Outcome = StepOutcome.Running,
                Begun = true,
                Targets = targets with { Open = open.ToImmutable(), Failed = 0 },
                GivenSize = first.GivenSize,
            };
        }

        return state with
        {
            Phase = RunPhase.Running,
            Steps = steps.ToImmutable(),
            Kept = steps.Values.Sum(step => step.Kept),
            Given = steps.Values.Sum(step => step.GivenSize),
            OpenTargets = steps.Values.Sum(step => step.Targets?.Open.Count ?? 0),
            EndedAt = null,
            Because = null,
            Outputs = null,
            LeftBehind = [],
            CancelRequestedBy = null,
            UndoWanted = false,
            UndoingSince = 0,
            Halted = null,
            Node = retried.Node,
            Epoch = retried.Epoch,
            Retries = state.Retries + 1,
        };
    }

    // A later attempt may have ended for certain, or may never have come: what became of the lost one nobody knows.
    private static bool IsInDoubt(StepState step) =>
        step.Outcome is StepOutcome.Unknown
        || (step.LostSince is not null && step.Outcome is not (StepOutcome.Success or StepOutcome.Skipped));

    private static long SizeOf(JsonElement? json) => json is { } held ? JsonText.SizeOf(held) : 0;

    private static bool IsOfFailedUndo(RunState state, string path) =>
        path.IndexOf(StepPath.Undo, StringComparison.Ordinal) is > 0 and var at
        && state.Steps.GetValueOrDefault(path[..(at + StepPath.Undo.Length)]) is { } undo
        && !UndoPlanner.MayBeUndone(undo);

    // The targets of a list of which something was undone, however deep: they are not done.
    private static HashSet<int> Undone(RunState state, string list) =>
        [
            .. state
                .Steps.Where(step => StepPath.IsUndo(step.Key) && UndoPlanner.MayBeUndone(step.Value))
                .SelectMany(step => StepPath.Targets(step.Key).Where(target => target.Step == list))
                .Select(target => target.Index),
        ];

    private static StepState Anew(RunState state, string path, StepState step)
    {
        var undo = state.Steps.GetValueOrDefault(path + StepPath.Undo) ?? StepState.Fresh;
        var undone = UndoPlanner.IsUndone(undo);
        // What was taken back is done a second time, and an undo is of what is done now: neither is the same thing once more, which whoever
        // keeps from doing a thing twice would leave out.
        var round = IsInDoubt(step) && !undone && !StepPath.IsUndo(path) ? step.BeforeRound : step.Attempts.Count;
        return StepState.Fresh with
        {
            Attempts =
                UndoPlanner.IsUndoneByHand(undo) ? step.Attempts.ConvertAll(attempt => attempt with { Stands = false })
                : undone ? step.Attempts
                : step.Attempts.ConvertAll(attempt =>
                    attempt.Number > step.TakenBack && Stands(attempt, round) ? attempt with { Stands = true } : attempt
                ),
            AttemptsSize = step.AttemptsSize,
            Earlier = step.Attempts.Count,
            TakenBack = undone ? step.Attempts.Count : step.TakenBack,
            BeforeRound = round,
        };
    }

    // An undo is of what is done in its own round. Of one in doubt the round goes on: only what may be done twice stands beside what is done next.
    private static bool Stands(StepAttempt attempt, int round) =>
        attempt is { Acted: true, Class: not FailureClass.Refused, DidNotHappen: false }
        && (attempt.Number <= round || attempt.Effect is StepEffect.Once);
}
