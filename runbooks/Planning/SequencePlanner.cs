namespace Runbooks.Planning;

/// <summary>A list of steps, one after the other; then what undoes them, then <c>finally</c>.</summary>
internal static class SequencePlanner
{
    /// <returns>Whether all of it is over.</returns>
    public static bool Plan(Frame frame, Gathered gathered)
    {
        if (!Steps(frame, gathered) || (frame.IsRoot && !UndoPlanner.Plan(frame, gathered)))
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
