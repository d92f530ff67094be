using Runbooks.Definition;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>A step that calls a runbook: its steps go on inside this run.</summary>
internal static class CallPlanner
{
    public static void Plan(Unit unit, Gathered gathered)
    {
        if (FrameOf(unit) is not { } frame)
        {
            Begin(unit, gathered);
            return;
        }

        if (frame.Stop is null && Limit(unit, frame.Definition) is { } limit)
            gathered.Park(unit.State.CalledAt + limit);
        if (!SequencePlanner.Plan(frame, gathered))
            return;
        var end = End(unit, frame);
        if (unit.View.State.Locks.ContainsKey(unit.Path))
            gathered.Record(end, new RunFact.LocksFreed(unit.Path));
        else
            gathered.Record(end);
    }

    /// <returns>Null before it is called.</returns>
    public static Frame? FrameOf(Unit unit)
    {
        if (unit.State is not { CalledWith: { } inputs } state)
            return null;
        var definition = unit.View.Books.Called[unit.Step.Runbook!.Name];
        var expired = unit.View.Now >= state.CalledAt + Limit(unit, definition);
        var stop = unit.Frame.Stop ?? (expired ? $"the time limit of '{definition.Name}' is over" : null);
        return new Frame(unit.View, definition, unit.Path + "/", inputs, stop) { Halt = unit.Frame.Halt, IsFree = unit.Frame.IsFree };
    }

    private static TimeSpan? Limit(Unit unit, RunbookDefinition definition) => unit.Step.Timeout ?? definition.Limits.Timeout;

    private static void Begin(Unit unit, Gathered gathered)
    {
        var definition = unit.View.Books.Called[unit.Step.Runbook!.Name];
        if (unit.Frame.Stop is null && RunSize.Full(unit.View.State) is { } full)
        {
            gathered.Record(Ends.Failure(unit, full));
            return;
        }

        if (UnitPlanner.Enter(unit, () => ApprovalPlanner.OfCall(unit), out var facts) is { } held)
        {
            gathered.Add(held);
            return;
        }

        var state = unit.View.State;
        var given = unit.Step.Runbook.With.ToJson(unit.Scope()).Json;
        var (inputs, problems) = InputResolver.Resolve(definition, given, state.Alert, state.Incident);
        if (inputs is not { } resolved)
        {
            var why = string.Join(" ", problems.Select(problem => problem.Sentence));
            gathered.Record([.. facts, Ends.Failure(unit, why)]);
            return;
        }

        if (definition.Locks.Count > 0 && state.Locks.GetValueOrDefault(unit.Path) is not { Granted: true })
        {
            if (state.Locks.GetValueOrDefault(unit.Path) is { Refused: { } refused })
            {
                gathered.Record([.. facts, Ends.Failure(unit, refused), new RunFact.LocksFreed(unit.Path)]);
            }
            else if (!state.Locks.ContainsKey(unit.Path))
            {
                var frame = new Frame(unit.View, definition, unit.Path + "/", resolved, null);
                gathered.Record([.. facts, new RunFact.LocksWanted(unit.Path, LockNames.Of(frame))]);
            }

            return;
        }

        if (gathered.TryTake(resolved, out var tooMuch))
            gathered.Record([.. facts, new RunFact.CallStarted(unit.Path, resolved)]);
        else if (definition.Locks.Count > 0)
            gathered.Record([.. facts, Ends.Failure(unit, tooMuch), new RunFact.LocksFreed(unit.Path)]);
        else
            gathered.Record([.. facts, Ends.Failure(unit, tooMuch)]);
    }

    private static RunFact.StepEnded End(Unit unit, Frame frame)
    {
        if (frame.Stop is { } stop && unit.Frame.Stop is not null)
            return Ends.Stopped(unit, AnyUnknown(frame) ? StepOutcome.Unknown : StepOutcome.Cancelled, stop);
        var (outputs, fault) = RunEnd.Outputs(frame);
        var stopped = frame.Definition.StepsAndFinally.Any(step =>
            frame.View.Of(frame.Prefix + step.Id) is { EndsRun: true, Outcome: not StepOutcome.Success }
        );
        if ((RunEnd.Failed(frame) ?? fault) is not { } why)
            return Ends.Success(unit, null, outputs);
        var outcome = AnyUnknown(frame) ? StepOutcome.Unknown : StepOutcome.Failure;
        return new RunFact.StepEnded(
            unit.Path,
            0,
            outcome,
            FailureClass.Refused,
            outputs,
            why,
            null,
            // Out of its own time it has failed; stopped by somebody, all of the run is.
            EndsRun: (stopped && frame.Stop is null) || outcome is StepOutcome.Unknown
        );
    }

    private static bool AnyUnknown(Frame frame) =>
        frame.Definition.StepsAndFinally.Any(step => frame.View.Of(frame.Prefix + step.Id).Outcome is StepOutcome.Unknown);
}
