using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>Waits for time to pass or a condition to hold.</summary>
internal static class WaitPlanner
{
    public static Next Next(PlanView view, StepDefinition step, StepState state, WaitDefinition wait)
    {
        if (wait.Until?.Holds(view.Scope()) is true)
            return Over(step, state, "the condition holds");
        if (state.Wait is not { } waiting)
        {
            return new Next.Record(
                new RunFact.StepWaits(
                    step.Id,
                    WaitKind.Time,
                    null,
                    [],
                    wait.For is { } length ? $"waits {Duration.Write(length)}" : $"waits until {wait.Until!.Text.Trim()}",
                    null,
                    (wait.For ?? wait.Timeout) is { } limit ? view.Now + limit : null
                )
            );
        }

        if (waiting.Until is { } end && view.Now >= end)
        {
            return wait.Until is null
                ? Over(step, state, "the time has passed")
                : new Next.Record(
                    new RunFact.StepEnded(
                        step.Id,
                        0,
                        StepOutcome.Failure,
                        FailureClass.Refused,
                        null,
                        $"'{wait.Until.Text.Trim()}' did not hold within {Duration.Write(wait.Timeout!.Value)}",
                        null
                    )
                );
        }

        if (wait.Until is null)
            return new Next.Park(waiting.Until);
        var next = view.Now + wait.Every;
        return new Next.Park(waiting.Until < next ? waiting.Until : next);
    }

    private static Next.Record Over(StepDefinition step, StepState state, string because)
    {
        var ended = new RunFact.StepEnded(step.Id, 0, StepOutcome.Success, null, null, because, null);
        return state.Wait is null ? new Next.Record(ended) : new Next.Record(new RunFact.WaitOver(step.Id, because), ended);
    }
}
