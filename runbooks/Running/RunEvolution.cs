using System.Collections.Immutable;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>Folds facts into the state of a run. Pure; each fact costs the same, however large the run is.</summary>
internal static class RunEvolution
{
    public static RunState Evolve(string id, RunState? state, RunFact fact, DateTimeOffset at)
    {
        if (fact is RunFact.Started started)
            return Begin(id, started, at);
        if (state is null)
            throw new InvalidOperationException($"The stream of a run begins with its start, not with {fact.GetType().Name}.");
        var next = Apply(state with { Version = state.Version + 1 }, fact, at);
        var phase = next.IsOver ? next.Phase : PhaseOf(next);
        return phase == next.Phase ? next : next with { Phase = phase };
    }

    private static RunState Begin(string id, RunFact.Started started, DateTimeOffset at) =>
        new()
        {
            Id = id,
            Runbook = started.Runbook,
            Hash = started.Hash,
            Inputs = started.Inputs,
            Incident = started.Incident,
            Alert = started.Alert,
            StartedBy = started.StartedBy,
            StartedAt = at,
            Node = started.Node,
            Epoch = started.Epoch,
            Pinned = started.Pinned,
            Bounded = started.Bounded,
            Version = 1,
        };

    // Waiting is where nothing goes on by itself, so that whoever takes over has nothing to do.
    private static RunPhase PhaseOf(RunState state) =>
        state.Wait?.Kind switch
        {
            WaitKind.Hold => RunPhase.Held,
            WaitKind.Lock => RunPhase.Queued,
            _ => state is { OpenAttempts: 0, OpenWaits: > 0 } ? RunPhase.Waiting : RunPhase.Running,
        };

    private static RunState Apply(RunState state, RunFact fact, DateTimeOffset at) =>
        fact switch
        {
            RunFact.StepStarted step => Started(state, step, at),
            RunFact.ProcessStarted process => Change(
                state,
                process.Step,
                known =>
                    known.Attempt(
                        process.Number,
                        attempt => attempt with { Process = new StepProcess(process.Host, process.Pid, process.StartTicks) }
                    )
            ),
            RunFact.ProcessesLeft left => Change(
                state,
                left.Step,
                known => known.Attempt(left.Number, attempt => attempt with { LivesOn = left.Living, MayAct = left.MayAct })
            ),
            RunFact.ProcessesEnded over => Change(
                state,
                over.Step,
                known =>
                    known.Attempt(
                        over.Number,
                        attempt => attempt with { HasEnded = true, MayAct = false, LivesOn = attempt.MayAct ? null : attempt.LivesOn }
                    )
            ),
            RunFact.ArtifactsKept left => state with
            {
                Artifacts = state.Artifacts.AddRange(left.Files.Select(file => new RunArtifact(left.Step, left.Number, at, file))),
            },
            RunFact.StepEnded ended => Change(
                ended.Halts ? state with { Halted = state.Halted ?? $"stopped, as nobody knows whether '{ended.Step}' happened" } : state,
                ended.Step,
                known => StepEvolution.Ended(known, ended, state, at)
            ),
            RunFact.GroupStarted group => Change(state, group.Step, known => StepEvolution.Begun(known)),
            RunFact.TargetsResolved targets => Change(state, targets.Step, known => StepEvolution.Begun(known, targets.Items)),
            RunFact.CallStarted call => Change(state, call.Step, known => StepEvolution.Called(known, call.Inputs, at)),
            RunFact.StepWaits { Step: "" } waits => state with { Wait = StepEvolution.WaitOf(waits, 0, state, at) },
            RunFact.StepWaits waits => Change(state, waits.Step, known => StepEvolution.Waits(known, waits, state, at)),
            RunFact.Reminded reminded => Change(
                state,
                reminded.Step,
                known =>
                    known with
                    {
                        Wait = known.Wait is { } wait ? wait with { Remind = reminded.Next, Reminders = wait.Reminders + 1 } : null,
                    }
            ),
            RunFact.WaitOver { Step: "" } => state with { Wait = null },
            RunFact.WaitOver over => Change(state, over.Step, StepEvolution.WaitedOut),
            RunFact.Decided decided => Intervened(Decided(state, decided, at)),
            RunFact.LocksWanted wanted => state with
            {
                Locks = state.Locks.SetItem(wanted.Scope, new ScopeLocks(wanted.Locks, wanted.Position)),
            },
            RunFact.LocksRefused refused => state.Locks.GetValueOrDefault(refused.Scope) is { } locks
                ? state with
                {
                    Locks = state.Locks.SetItem(refused.Scope, locks with { Refused = refused.Because }),
                }
                : state,
            RunFact.LocksGranted granted => Intervened(Granted(state, granted.Scope)),
            RunFact.LocksFreed freed => state with { Locks = state.Locks.Remove(freed.Scope) },
            RunFact.TakenOver taken => Intervened(state with { Node = taken.Node, Epoch = taken.Epoch, TakenOver = state.Version }),
            RunFact.CancelRequested cancel => Intervened(
                state with
                {
                    CancelRequestedBy = cancel.By,
                    Because = cancel.Reason,
                    // While it is being undone, or once it is stopped and is to be undone, to stop it is to stop that.
                    UndoWanted = cancel.Undo || (state is { UndoWanted: true, Undoing: false, CancelRequestedBy: null }),
                    Wait = null,
                }
            ),
            RunFact.InputsChanged changed => Intervened(
                state with
                {
                    Inputs = changed.Inputs,
                    Former = state.Former.Add(new FormerInputs(state.Inputs, state.Version)),
                }
            ),
            RunFact.RetriedFrom retried => Intervened(StepEvolution.Retried(state, retried)),
            RunFact.UndoStarted => state with { UndoingSince = state.Version },
            RunFact.Ended ended => state with
            {
                Phase = ended.Phase,
                Because = ended.Because,
                Outputs = ended.Outputs,
                LeftBehind = ended.LeftBehind ?? [],
                EndedAt = at,
                Wait = null,
                Locks = state.Locks.Clear(),
            },
            _ => state,
        };

    private static RunState Started(RunState state, RunFact.StepStarted step, DateTimeOffset at)
    {
        var started = Change(state, step.Step, known => StepEvolution.Started(known, step, state, at));
        return step.Before is { } before && state.Steps.ContainsKey(step.Step + StepPath.Before)
            ? Change(started, step.Step + StepPath.Before, look => StepEvolution.Held(look, before))
            : started;
    }

    private static RunState Intervened(RunState state) => state with { Interventions = state.Interventions + 1 };

    private static RunState Decided(RunState state, RunFact.Decided decided, DateTimeOffset at)
    {
        var made = new StepDecision(
            decided.Decision,
            decided.By,
            decided.Reason,
            decided.Hash,
            decided.Answers,
            at,
            state.Version,
            decided.BreakGlass,
            decided.BeforeUndo
        );
        if (made.Decision is RunDecision.StopAndUndo)
            state = state with { UndoWanted = true };
        if (decided.Step.Length == 0)
            return made.Decision is RunDecision.Release ? state with { Wait = null } : state;
        if (made.Decision is RunDecision.Stop or RunDecision.StopAndUndo)
            state = state with { Halted = PersonPlanner.Stopped(made) };
        return Change(state, decided.Step, known => known with { Decisions = known.Decisions.Add(made) });
    }

    private static RunState Granted(RunState state, string scope)
    {
        if (state.Locks.GetValueOrDefault(scope) is { } locks)
            state = state with { Locks = state.Locks.SetItem(scope, locks with { Granted = true }) };
        return scope.Length == 0
            ? state with
            {
                Wait = null,
            }
            : Change(state, scope, known => known.Wait is { Kind: WaitKind.Lock } ? known with { Wait = null } : known);
    }

    /// <summary>Changes one step and what is counted over all of them.</summary>
    internal static RunState Change(RunState state, string path, Func<StepState, StepState> change)
    {
        var before = state.Steps.GetValueOrDefault(path) ?? StepState.Fresh;
        var after = change(before);
        var (steps, opened) = (state.Steps.SetItem(path, after), 0);
        if (path.Contains('[', StringComparison.Ordinal))
            (steps, opened) = Counted(steps, path, ends: after.IsOver && !before.IsOver, after.Outcome);
        return state with
        {
            Steps = steps,
            Kept = state.Kept + after.Kept - before.Kept,
            Given = state.Given + after.GivenSize - before.GivenSize,
            OpenTargets = state.OpenTargets + opened,
            OpenAttempts = state.OpenAttempts + One(after.Open) - One(before.Open),
            OpenWaits = state.OpenWaits + One(after.Wait) - One(before.Wait),
        };
    }

    /// <returns>With how many targets more are under way.</returns>
    private static (ImmutableDictionary<string, StepState> Steps, int Opened) Counted(
        ImmutableDictionary<string, StepState> steps,
        string path,
        bool ends,
        StepOutcome outcome
    )
    {
        var opened = 0;
        foreach (var (step, index) in StepPath.Targets(path))
        {
            if (steps.GetValueOrDefault(step) is not { Targets: { } targets } owner)
                continue;
            var counted = targets;
            if (index >= counted.Begun)
                counted = counted with { Begun = index + 1, Open = counted.Open.Add(index) };
            if (ends && StepPath.AsTarget(path) == (step, index))
            {
                var failed = outcome is StepOutcome.Success or StepOutcome.Skipped ? 0 : 1;
                counted = counted with { Open = counted.Open.Remove(index), Failed = counted.Failed + failed };
            }

            if (ReferenceEquals(counted, targets))
                continue;
            steps = steps.SetItem(step, owner with { Targets = counted });
            opened += counted.Open.Count - targets.Open.Count;
        }

        return (steps, opened);
    }

    private static int One(object? there) => there is null ? 0 : 1;
}
