using Runbooks.Definition;

namespace Runbooks.Planning;

/// <summary>Keys that are read and checked, but that this version does not execute: a run with one of them does not start.</summary>
public static class NotExecuted
{
    public static IEnumerable<string> In(RunbookDefinition definition)
    {
        if (definition.Locks.Count > 0)
            yield return "locks";
        if (definition.Outputs.Count > 0)
            yield return "outputs";
        if (definition.Limits.Targets is not null)
            yield return "limits.targets";
        foreach (var step in definition.ById.Values)
        {
            if (step.Runbook is not null)
                yield return $"{step.Id}: runbook";
            if (step.Ask is not null)
                yield return $"{step.Id}: ask";
            if (step.Parallel is not null)
                yield return $"{step.Id}: parallel";
            if (step.ForEach is not null || step.Where is not null)
                yield return $"{step.Id}: for-each, where";
            if (
                step.Undo is not null
                || step.Verify
                || step.Check is { First: true }
                || step.SkipAllowed
                || step.Approve?.Remind is not null
            )
                yield return $"{step.Id}: undo, verify, check.first, skip-allowed, approve.remind";
        }
    }
}
