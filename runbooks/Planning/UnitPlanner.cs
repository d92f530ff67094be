using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>One step, whatever it is made of.</summary>
internal static class UnitPlanner
{
    public static void Plan(Unit unit, Gathered gathered)
    {
        try
        {
            if (unit.Step.ForEach is not null)
                TargetPlanner.Plan(unit, gathered);
            else if (unit.Step.Parallel is not null)
                GroupPlanner.Plan(unit, gathered);
            else if (unit.Step.Runbook is not null)
                CallPlanner.Plan(unit, gathered);
            else
                gathered.Add(StepPlanner.Next(unit));
        }
        catch (ExpressionException fault)
        {
            gathered.Record(Ends.Failure(unit, fault.Message));
        }
    }

    /// <summary>Before a step begins that is made of others: whether it is skipped, stopped, or held until people agree.</summary>
    /// <param name="what">What it will do, resolved, and in words; null: nothing.</param>
    /// <param name="facts">To be recorded with its beginning.</param>
    /// <returns>Null once it may begin.</returns>
    public static Next? Enter(Unit unit, Func<AskedCall?> what, out List<RunFact> facts)
    {
        facts = [];
        var state = unit.State;
        if (unit.Frame.Over is { } stop)
            return new Next.Record(Ends.Stopped(unit, StepOutcome.Cancelled, stop));
        if (PersonPlanner.Next(unit) is { } decided)
            return decided;
        if (state.IsFresh && StepPlanner.Skips(unit) is { } why)
            return new Next.Record(Ends.Skipped(unit, why));
        return ApprovalPlanner.Next(unit, what, facts);
    }
}

/// <summary>The facts of ends that need no attempt.</summary>
internal static class Ends
{
    public static RunFact.StepEnded Success(Unit unit, string? because, System.Text.Json.JsonElement? outputs = null) =>
        new(unit.Path, 0, StepOutcome.Success, null, outputs, because, null);

    public static RunFact.StepEnded Skipped(Unit unit, string because) => new(unit.Path, 0, StepOutcome.Skipped, null, null, because, null);

    /// <summary>With what its check found for its outputs.</summary>
    public static RunFact.StepEnded With(this RunFact.StepEnded end, StepState probed) =>
        end with
        {
            Outputs = probed.Outputs,
            Masked = probed.Masked.Count > 0 ? probed.Masked : null,
            Cut = probed.Cut.Count > 0 ? probed.Cut : null,
        };

    /// <summary>It failed before anything was sent.</summary>
    public static RunFact.StepEnded Failure(Unit unit, string because, FailureClass kind = FailureClass.NotSent) =>
        new(unit.Path, 0, StepOutcome.Failure, kind, null, because, null);

    public static RunFact.StepEnded Stopped(Unit unit, StepOutcome outcome, string because) =>
        new(unit.Path, 0, outcome, outcome is StepOutcome.Unknown ? FailureClass.Unknown : null, null, because, null, EndsRun: true);
}
