using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>A step has succeeded, and its check must see that: at once, or once it has settled.</summary>
internal static class VerifyPlanner
{
    public static Next Next(Unit unit)
    {
        try
        {
            return Verified(unit.As(unit.State.Last));
        }
        catch (ExpressionException fault)
        {
            return new Next.Record(Ends.Failure(unit, $"it succeeded, but {ProbePlanner.Unread(fault)}", FailureClass.Refused));
        }
    }

    private static Next Verified(Unit unit)
    {
        var last = unit.State.Attempts[^1];
        var settled = last.EndedAt!.Value + unit.Step.Check!.Settle;
        var since = last.EndedVersion;
        // Looked before it had settled: that look only counts if it saw the effect.
        var early = unit
            .View.Of(unit.Path + StepPath.Check)
            .Attempts.FindLast(attempt => attempt.StartedVersion > since && attempt.EndedAt is not null && attempt.StartedAt < settled);
        if (ProbePlanner.Next(unit, CallPart.Check, since, out var probed) is { } looking)
            return looking;
        if (ProbePlanner.Holds(unit, probed, last))
            return new Next.Record(Ends.Success(unit, "verified by its check"));
        if (early is not null && probed.Attempts[^1].StartedAt < settled && unit.Step.Check.Settle > TimeSpan.Zero)
        {
            if (unit.View.Now < settled)
                return new Next.Park(settled);
            if (ProbePlanner.Next(unit, CallPart.Check, early.EndedVersion, out _) is { } again)
                return again;
        }

        var because = ProbePlanner.Answered(unit, probed) ? "its check does not see the effect" : $"its check failed: {probed.Because}";
        return new Next.Record(Ends.Failure(unit, $"it succeeded, but {because}", FailureClass.Refused));
    }
}
