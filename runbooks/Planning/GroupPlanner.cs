using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>Steps that go on beside each other; the group is over when all of them are.</summary>
internal static class GroupPlanner
{
    public static void Plan(Unit unit, Gathered gathered)
    {
        if (!unit.State.Begun)
        {
            if (UnitPlanner.Enter(unit, () => ApprovalPlanner.OfGroup(unit), out var facts) is { } held)
                gathered.Add(held);
            else
                gathered.Record([.. facts, new RunFact.GroupStarted(unit.Path)]);
            return;
        }

        var over = true;
        foreach (var child in Members(unit))
        {
            // What has not begun when the run is stopped never does.
            if (child.State.IsOver || (unit.Frame.Over is not null && child.State.IsFresh))
                continue;
            over = false;
            UnitPlanner.Plan(child, gathered);
        }

        if (over)
            gathered.Record(End(unit));
    }

    public static IEnumerable<Unit> Members(Unit unit) =>
        unit.Step.Parallel!.Select(step => unit with { Step = step, Path = unit.Prefix + step.Id });

    private static RunFact.StepEnded End(Unit unit)
    {
        var members = Members(unit).ToList();
        var unknown = members.Exists(member => member.State.Outcome is StepOutcome.Unknown);
        if (unit.Frame.Stop is { } stop)
            return Ends.Stopped(unit, unknown ? StepOutcome.Unknown : StepOutcome.Cancelled, stop);
        if (unit.Frame.Halt is { } halt && members.Exists(member => member.State.IsFresh))
            return Ends.Stopped(unit, unknown ? StepOutcome.Unknown : StepOutcome.Cancelled, halt);
        var failed = members.Where(member => RunContexts.HasFailed(member.Step, member.State)).ToList();
        var ends = members.Exists(member => member.State.EndsRun);
        if (failed.Count == 0)
            return Ends.Success(unit, null) with { EndsRun = ends };
        var because = string.Join("; ", failed.Select(member => $"{member.Step.Id}: {member.State.Because}"));
        return new RunFact.StepEnded(
            unit.Path,
            0,
            unknown ? StepOutcome.Unknown : StepOutcome.Failure,
            FailureClass.Refused,
            null,
            because,
            null,
            EndsRun: ends || unknown
        );
    }
}
