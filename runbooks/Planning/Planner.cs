using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>
/// Says what comes next in a run: what may start now, what it waits for, or that it is over. Pure. An attempt that was started,
/// has not ended and is not in flight here belongs to a process that is gone.
/// </summary>
public static class Planner
{
    public static Turn Next(PlanView view)
    {
        var state = view.State;
        var gathered = new Gathered(state);
        if (state.IsOver || (state.Wait is { Kind: WaitKind.Hold } && state.CancelRequestedBy is null))
            return gathered.Turn;
        var frame = Frame.Root(view);
        if (Locks(frame, gathered) is false)
            return gathered.Turn;
        if (view.Books.Root.Limits.Timeout is { } limit && frame.Stop is null)
            gathered.Park(state.StartedAt + limit);
        if (SequencePlanner.Plan(frame, gathered))
            gathered.Record(RunEnd.Of(frame));
        return gathered.Turn;
    }

    /// <returns>Whether the steps may be looked at.</returns>
    private static bool Locks(Frame frame, Gathered gathered)
    {
        var state = frame.View.State;
        if (frame.Definition.Locks.Count == 0 || state.Locks.GetValueOrDefault("") is { Granted: true })
            return true;
        if (state.CancelRequestedBy is not null)
        {
            // It never began, so there is nothing to clean up, and without the lock nothing may be.
            gathered.Record(RunEnd.Of(frame));
            return false;
        }

        try
        {
            if (!state.Locks.ContainsKey(""))
                gathered.Record(new RunFact.LocksWanted("", LockNames.Of(frame)));
        }
        catch (ExpressionException fault)
        {
            gathered.Record(new RunFact.Ended(RunPhase.Failed, $"locks: {fault.Message}", null));
        }

        return false;
    }
}

/// <summary>The locks of a runbook, resolved.</summary>
internal static class LockNames
{
    /// <exception cref="ExpressionException">An expression in one fails.</exception>
    public static IReadOnlyList<string> Of(Frame frame)
    {
        var scope = frame.Scope();
        return
        [
            .. frame
                .Definition.Locks.Select(name => Values.ToText(name.Resolve(scope)))
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
    }
}
