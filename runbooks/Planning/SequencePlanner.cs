using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>A list of steps, one after the other; then what undoes them, then <c>finally</c>.</summary>
internal static class SequencePlanner
{
    /// <returns>Whether all of it is over.</returns>
    public static bool Plan(Frame frame, Gathered gathered)
    {
        if (!Steps(frame, gathered))
            return false;
        // Whoever wants it undone that late does not have it undone beside what is under way.
        if (frame.IsRoot && !IsUnderWay(frame) && !UndoPlanner.Plan(frame, gathered))
            return false;
        foreach (var step in frame.Definition.Finally)
        {
            var unit = new Unit(frame.Free, step, frame.Prefix + step.Id, frame.Prefix, IsFinally: true);
            if (unit.State.IsOver)
                continue;
            UnitPlanner.Plan(unit, gathered);
            return false;
        }

        return true;
    }

    /// <returns>Whether a step of <c>finally</c> makes an attempt, or has left one open.</returns>
    private static bool IsUnderWay(Frame frame)
    {
        var state = frame.View.State;
        if (state.OpenAttempts == 0)
            return false;
        var current = frame.Definition.Finally.FirstOrDefault(step => !frame.View.Of(step.Id).IsOver);
        if (current is null)
            return false;
        var ids = current.WithMembers.Select(step => step.Id).ToHashSet(StringComparer.Ordinal);
        return state.Steps.Any(step => step.Value.Open is not null && ids.Contains(StepPath.Root(step.Key)));
    }

    private static bool Steps(Frame frame, Gathered gathered)
    {
        foreach (var step in frame.Definition.Steps)
        {
            var path = frame.Prefix + step.Id;
            var state = frame.View.Of(path);
            if (state.EndsRun)
                return true;
            if (state.IsOver)
                continue;
            UnitPlanner.Plan(new Unit(frame, step, path, frame.Prefix), gathered);
            return false;
        }

        return true;
    }
}
