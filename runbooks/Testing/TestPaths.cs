using System.Text.RegularExpressions;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Testing;

/// <summary>Which steps and calls of a runbook a test may name.</summary>
internal sealed partial class TestPaths(RunbookDefinition definition, Problems problems)
{
    /// <summary>A step, or one item of it: <c>lag</c>, <c>lag[2]</c>.</summary>
    public void CheckStep(YamlTree.Scalar name)
    {
        // An undo is a step of its own: it may wait for people.
        if (name.Text.EndsWith(".undo", StringComparison.Ordinal))
            CheckCall(name);
        else
            Find(name, name.Text);
    }

    /// <summary>
    /// A step, one of its parts, or either of one item: <c>lag</c>, <c>failover.check</c>, <c>failover.undo.check</c>, <c>lag[2].check</c>; a member of a group for each item:
    /// <c>hosts/drain</c>, <c>hosts[2]/drain</c>.
    /// </summary>
    public void CheckCall(YamlTree.Scalar name)
    {
        var owner = StepPath.Owner(name.Text);
        if (Find(name, owner) is not { } step || owner == name.Text)
            return;
        var part = name.Text[(owner.Length + 1)..];
        var there = part switch
        {
            _ when step.Runbook is not null => name.Text.Contains('/', StringComparison.Ordinal),
            "before" => step.Before is not null,
            "check" => step.Check is not null,
            "undo" => step.Undo is not null,
            "undo.before" => step.Undo?.Before is not null,
            "undo.check" => step.Undo?.Check is not null,
            _ => false,
        };
        if (!there)
            problems.Add(name, $"The step '{step.Id}' has no '{part}'.");
    }

    /// <summary>The path without the numbers of items: <c>lag[2].check</c> is <c>lag.check</c>.</summary>
    public static string Plain(string path) => Item().Replace(path, "");

    private StepDefinition? Find(YamlTree.Scalar name, string path)
    {
        var id = Plain(path);
        var step = Known(id);
        if (GroupOfEach(id.Split('/')[0]) is { } group)
        {
            // Without its group it would be the path of nothing: what is said of it would hold whatever happens.
            problems.Add(name, $"Each item of '{group}' has a step '{id}'. Write '{group}/{id}' for all, or '{group}[0]/{id}' for one.");
        }
        else if (step is null)
        {
            var known = definition.ById.Keys.ToList();
            problems.Add(name, $"The runbook has no step '{id}'.{Suggestion.For(id, known)} It has: {string.Join(", ", known)}.");
        }

        return step;
    }

    /// <returns>Of a step of a runbook that one of these calls, the call: which steps and parts that one has is its own file's matter.</returns>
    private StepDefinition? Known(string id) =>
        id.Split('/', 2) is [var outer, var inner]
            ? definition.Step(outer) switch
            {
                { Runbook: not null } call => call,
                { ForEach: not null, Parallel: { } members } when Has(members, inner.Split('/')[0]) => Known(inner),
                _ => null,
            }
            : definition.Step(id);

    private string? GroupOfEach(string id) =>
        definition.ById.Values.FirstOrDefault(step => step is { ForEach: not null, Parallel: { } members } && Has(members, id))?.Id;

    private static bool Has(IEnumerable<StepDefinition> members, string id) =>
        members.Any(member => member.Id == id || (member is { ForEach: null, Parallel: { } inner } && Has(inner, id)));

    [GeneratedRegex(@"\[[0-9]+\]", RegexOptions.NonBacktracking)]
    private static partial Regex Item();
}
