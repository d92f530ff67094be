using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>Finds the step that a path names.</summary>
public static class Units
{
    /// <returns>Null if the run has no such step (yet).</returns>
    public static Unit? At(PlanView view, string path)
    {
        var undo = StepPath.IsUndo(path);
        var frame = Frame.Root(view);
        var (prefix, target, inFinally, unit) = ("", (Target?)null, false, (Unit?)null);
        foreach (var part in StepPath.Owner(path).Split('/'))
        {
            if (unit is { Step.Runbook: not null })
            {
                if (CallPlanner.FrameOf(unit) is not { } called)
                    return null;
                (frame, prefix, target) = (called, called.Prefix, null);
            }

            var open = part.IndexOf('[', StringComparison.Ordinal);
            var id = open < 0 ? part : part[..open];
            if (frame.Definition.Step(id) is not { } step)
                return null;
            inFinally |= frame.Definition.Finally.Any(one => one.WithMembers.Any(member => member.Id == step.Id));
            unit = new Unit(frame, step, prefix + step.Id, prefix, target, inFinally);
            if (open < 0)
                continue;
            if (
                unit.State.Targets is not { } targets
                || StepPath.AsTarget(unit.Path + part[open..]) is not { } at
                || at.Index >= targets.Count
            )
                return null;
            unit = TargetPlanner.At(unit, targets, at.Index);
            (prefix, target) = (unit.Prefix, unit.Target);
        }

        return undo && unit?.Step.Undo is not null ? unit.Undo : unit;
    }
}
