using System.Text.RegularExpressions;
using Runbooks.Definition;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>One line of a run as people read it.</summary>
/// <param name="Step">Null for what the definition does not list: targets, probes, undos, the steps of a called runbook.</param>
/// <param name="State">Null while it has not begun.</param>
/// <param name="Depth">How far it stands inside others; 0 for the run's own steps.</param>
public sealed record OutlineStep(string Path, StepDefinition? Step, StepState? State, int Depth);

/// <summary>
/// A run in the order of its definition, what has not begun among it: the plan beside what happened. What belongs to a step (its targets,
/// probes, undo, the steps of the runbook that it calls) follows right after it.
/// </summary>
public static partial class RunOutline
{
    /// <param name="definition">Null where this version cannot read it: then only what began is known.</param>
    public static IReadOnlyList<OutlineStep> Of(RunbookDefinition? definition, RunState state)
    {
        var lines = new List<OutlineStep>();
        var inside = state
            .Steps.Where(step => StepPath.Root(step.Key).Length < step.Key.Length)
            .ToLookup(step => StepPath.Root(step.Key), StringComparer.Ordinal);
        foreach (var step in definition is null ? [] : definition.StepsAndFinally)
            Add(step, 0);
        var listed = lines.Select(line => line.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var path in state.Steps.Keys.Where(path => !listed.Contains(StepPath.Root(path))).Order(Natural))
            lines.Add(new OutlineStep(path, null, state.Steps[path], DepthOf(path)));
        return lines;

        void Add(StepDefinition step, int depth)
        {
            lines.Add(new OutlineStep(step.Id, step, state.Steps.GetValueOrDefault(step.Id), depth));
            foreach (var (path, part) in inside[step.Id].OrderBy(part => part.Key, Natural))
                lines.Add(new OutlineStep(path, null, part, depth + DepthOf(path)));
            foreach (var child in step.Parallel ?? [])
                Add(child, depth + 1);
        }
    }

    private static int DepthOf(string path) => path.Count(character => character is '/' or '[' or '.');

    // a[2] before a[10].
    private static Comparer<string> Natural { get; } =
        Comparer<string>.Create((one, other) => string.CompareOrdinal(Padded(one), Padded(other)));

    private static string Padded(string path) => Index().Replace(path, index => index.Value.PadLeft(10, '0'));

    [GeneratedRegex(@"(?<=\[)\d+", RegexOptions.None, Timeout.Infinite)]
    private static partial Regex Index();
}
