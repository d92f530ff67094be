using Runbooks.Definition;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>How far a run is: its own steps, without the targets and parts inside them.</summary>
/// <param name="Done">Ended in whatever way, skipped ones too.</param>
/// <param name="Known">All of the definition, <c>finally</c> included.</param>
/// <param name="Skipped">How many of those done were skipped.</param>
/// <param name="Current">What is under way or waited for, by path.</param>
public sealed record RunProgress(int Done, int Known, int Skipped, IReadOnlyList<string> Current)
{
    /// <param name="definition">Null where this version cannot read it: then only what began is known.</param>
    public static RunProgress Of(RunbookDefinition? definition, RunState state)
    {
        var steps = definition is null
            ? [.. state.Steps.Keys.Where(path => path.AsSpan().IndexOfAny('.', '[') < 0)]
            : definition.StepsAndFinally.Select(step => step.Id).ToList();
        return new RunProgress(
            steps.Count(step => state.Steps.GetValueOrDefault(step) is { IsOver: true }),
            steps.Count,
            steps.Count(step => state.Steps.GetValueOrDefault(step) is { Outcome: StepOutcome.Skipped }),
            [
                .. state
                    .Steps.Where(step =>
                        step.Value.Wait is not null || step.Value.Outcome is StepOutcome.Running || step.Value.Retry is not null
                    )
                    .Select(step => step.Key)
                    .Order(StringComparer.Ordinal),
            ]
        );
    }
}
