using System.Text.RegularExpressions;
using Runbooks.Definition;
using Runbooks.Expressions;

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

    /// <summary>A step, one of its parts, or either of one item: <c>lag</c>, <c>failover.check</c>, <c>lag[2].check</c>.</summary>
    public void CheckCall(YamlTree.Scalar name)
    {
        var match = Part().Match(name.Text);
        if (Find(name, match.Success ? match.Groups["step"].Value : name.Text) is not { } step || !match.Success)
            return;
        var part = match.Groups["part"].Value;
        var there = part switch
        {
            "before" => step.Before is not null,
            "check" => step.Check is not null,
            _ => step.Undo is not null,
        };
        if (!there)
            problems.Add(name, $"The step '{step.Id}' has no '{part}'.");
    }

    /// <summary>The path without the numbers of items: <c>lag[2].check</c> is <c>lag.check</c>.</summary>
    public static string Plain(string path) => Item().Replace(path, "");

    private StepDefinition? Find(YamlTree.Scalar name, string path)
    {
        var id = Plain(path);
        // A step of a runbook that one of these calls: which steps that one has is its own file's matter.
        if (id.IndexOf('/', StringComparison.Ordinal) is var call and > 0 && definition.Step(id[..call]) is { Runbook: not null } calls)
            return calls;
        var step = definition.Step(id);
        if (step is null)
        {
            var known = definition.ById.Keys.ToList();
            problems.Add(name, $"The runbook has no step '{id}'.{Suggestion.For(id, known)} It has: {string.Join(", ", known)}.");
        }

        return step;
    }

    [GeneratedRegex(@"^(?<step>.*)\.(?<part>before|check|undo)\z", RegexOptions.NonBacktracking)]
    private static partial Regex Part();

    [GeneratedRegex(@"\[[0-9]+\]", RegexOptions.NonBacktracking)]
    private static partial Regex Item();
}
