using System.Security.Cryptography;
using System.Text;
using Runbooks.Definition;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>
/// Says what comes next in a run. Pure. It is asked only while nothing of the run is in flight here, so an attempt that was
/// started and not ended belongs to a process that is gone.
/// </summary>
public static class Planner
{
    public static Next Next(PlanView view)
    {
        var (state, definition) = (view.State, view.Definition);
        if (state.IsOver)
            return new Next.Over();
        var expired = definition.Limits.Timeout is { } limit && view.Now >= state.StartedAt + limit;
        var stop =
            state.CancelRequestedBy is { } by ? $"cancelled by {by}"
            : expired ? "the run's time limit is over"
            : null;
        foreach (var step in definition.Steps)
        {
            var known = view.Of(step.Id);
            if (known.EndsRun)
                break;
            if (known.IsOver)
                continue;
            return stop is null ? Limited(view, StepPlanner.Next(view, step, isFinally: false)) : Close(view, step, stop);
        }

        foreach (var step in definition.Finally)
        {
            if (!view.Of(step.Id).IsOver)
                return StepPlanner.Next(view, step, isFinally: true);
        }

        return new Next.Record(End(view, expired));
    }

    /// <summary>What an approval or a decision binds to: the definition and the resolved inputs of the step.</summary>
    public static string BindingHash(RunbookDefinition definition, string step, string inputsHash) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{definition.Hash}\n{step}\n{inputsHash}")));

    // A wait must not sleep past the run's own time limit.
    private static Next Limited(PlanView view, Next next)
    {
        if (next is not Next.Park park || view.Definition.Limits.Timeout is not { } limit)
            return next;
        var end = view.State.StartedAt + limit;
        return park.Until is { } until && until < end ? park : new Next.Park(end);
    }

    // A cancelled or expired run leaves no step open; what was started and not answered stays unknown.
    private static Next.Record Close(PlanView view, StepDefinition step, string because)
    {
        var facts = new List<RunFact>();
        foreach (var path in new[] { step.Id + ".before", step.Id + ".check" })
        {
            if (view.Of(path).Attempts is [.., { EndedAt: null } open])
                facts.Add(new RunFact.StepEnded(path, open.Number, StepOutcome.Cancelled, null, null, because, null));
        }

        var state = view.Of(step.Id);
        var last = state.Attempts.Count > 0 ? state.Attempts[^1] : null;
        var unknown = state.Outcome is StepOutcome.Unknown || (last is { EndedAt: null } && last.Effect is not StepEffect.Read);
        facts.Add(
            new RunFact.StepEnded(
                step.Id,
                last is { EndedAt: null } ? last.Number : 0,
                unknown ? StepOutcome.Unknown : StepOutcome.Cancelled,
                unknown ? FailureClass.Unknown : null,
                null,
                because,
                null,
                EndsRun: true
            )
        );
        return new Next.Record(facts);
    }

    private static RunFact.Ended End(PlanView view, bool expired)
    {
        var state = view.State;
        if (state.CancelRequestedBy is { } by)
            return new RunFact.Ended(RunPhase.Cancelled, $"cancelled by {by}", null);
        var failed = view.Definition.Steps.Concat(view.Definition.Finally).Where(step => RunContexts.HasFailed(step, view.Of(step.Id)));
        if (failed.FirstOrDefault() is not { } first)
            return new RunFact.Ended(RunPhase.Succeeded, null, null);
        var why = view.Of(first.Id).Because ?? Words.Of(view.Of(first.Id).Outcome);
        return new RunFact.Ended(RunPhase.Failed, expired ? why : $"{first.Id}: {why}", null);
    }
}
