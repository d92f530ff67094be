using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>Waits for time to pass or a condition to hold.</summary>
internal static class WaitPlanner
{
    public static Next Next(Unit unit, WaitDefinition wait)
    {
        var (state, now) = (unit.State, unit.View.Now);
        if (wait.Until?.Holds(unit.Scope()) is true)
            return Over(unit, "the condition holds");
        if (state.Wait is not { } waiting)
        {
            return new Next.Record(
                new RunFact.StepWaits(
                    unit.Path,
                    WaitKind.Time,
                    null,
                    [],
                    wait.For is { } length ? $"waits {Duration.Write(length)}" : $"waits until {wait.Until!.Text.Trim()}",
                    null,
                    (wait.For ?? wait.Timeout) is { } limit ? now + limit : null
                )
            );
        }

        if (waiting.Until is { } end && now >= end)
        {
            return wait.Until is null
                ? Over(unit, "the time has passed")
                : new Next.Record(
                    Ends.Failure(
                        unit,
                        $"'{wait.Until.Text.Trim()}' did not hold within {Duration.Write(wait.Timeout!.Value)}",
                        FailureClass.Refused
                    )
                );
        }

        if (wait.Until is null)
            return new Next.Park(waiting.Until);
        var next = now + wait.Every;
        return new Next.Park(waiting.Until < next ? waiting.Until : next);
    }

    private static Next.Record Over(Unit unit, string because)
    {
        var ended = Ends.Success(unit, because);
        return unit.State.Wait is null ? new Next.Record(ended) : new Next.Record(new RunFact.WaitOver(unit.Path, because), ended);
    }
}
