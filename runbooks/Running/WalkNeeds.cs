using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>What a walk through a runbook has to go without: the results of steps that it does not make, and in a drill what nobody gave.</summary>
internal sealed class WalkNeeds(DrillScope? drill)
{
    private readonly HashSet<string> assumed = new(StringComparer.OrdinalIgnoreCase);

    // Inputs, by the prefix of their frame and their name.
    private readonly HashSet<string> missing = new(drill?.Missing ?? [], StringComparer.OrdinalIgnoreCase);

    // By the path of a target.
    private readonly Dictionary<string, IReadOnlyList<string>> items = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Why a step is not made that needs these.</summary>
    public static string Said(IReadOnlyList<string> needs) => $"it depends on {string.Join(", ", needs)}";

    /// <summary>This step brings nothing here.</summary>
    public void Assume(string path) => assumed.Add(path);

    /// <summary>These inputs have no value here.</summary>
    public void Miss(IEnumerable<string> inputs) => missing.UnionWith(inputs);

    /// <summary>The target at this path stands for all of a list that is not known: its <c>item</c> is made of this.</summary>
    public void MissItem(string path, IReadOnlyList<string> list) => items[path] = list;

    /// <summary>Whether one of the targets of a step brings nothing.</summary>
    public bool AnyOf(string path) => assumed.Any(one => one.StartsWith(path + "[", StringComparison.OrdinalIgnoreCase));

    /// <summary>What a step's arguments are made of and the walk does not have.</summary>
    public List<string> Of(Unit unit) =>
        On(
            unit,
            [
                .. TemplateExpressions.In(unit.Step.ForEach),
                .. TemplateExpressions.In(unit.Step.Uses?.With),
                .. TemplateExpressions.In(unit.Step.Runbook?.With),
                .. (unit.Step.Script?.Env ?? []).SelectMany(entry => TemplateExpressions.In(entry.Value)),
                .. unit.Step.Script is null ? [] : unit.Frame.Definition.Env.SelectMany(entry => TemplateExpressions.In(entry.Value)),
                .. unit.Step.Where is { } where ? [where] : Array.Empty<Expression>(),
                // A plan shows the answer; a drill says whether it is what the runbook expects.
                .. drill is not null && unit.Step.Expect is { } expect ? [expect] : Array.Empty<Expression>(),
                .. drill is null ? [] : unit.Step.Outputs.SelectMany(entry => TemplateExpressions.In(entry.Value)),
            ]
        );

    /// <summary>What of these expressions the walk does not have.</summary>
    public List<string> On(Unit unit, IReadOnlyCollection<Expression> expressions)
    {
        var found = new SortedSet<string>(Absent(unit, expressions), StringComparer.Ordinal);
        if (expressions.Any(one => one.Contexts.Contains("item")))
            found.UnionWith(items.Where(item => IsIn(unit.Path, item.Key)).SelectMany(item => item.Value));
        foreach (var expression in expressions.Where(one => one.Contexts.Contains("steps")))
        {
            var named = References.ToAllOf("steps", expression.Text)
                ? unit.Frame.Definition.Ids.Values
                : References.To("steps", expression.Text);
            found.UnionWith(named.Where(id => assumed.Contains(unit.Prefix + id) || assumed.Contains(unit.Frame.Prefix + id)));
        }

        return [.. found];
    }

    private static bool IsIn(string path, string target) =>
        path.StartsWith(target, StringComparison.OrdinalIgnoreCase) && (path.Length == target.Length || path[target.Length] is '/' or '.');

    // What a run would have and a walk has not: inputs that nobody knows yet; in a drill also the alert and the incident.
    private IEnumerable<string> Absent(Unit unit, IReadOnlyCollection<Expression> expressions)
    {
        var definition = unit.Frame.Definition;
        if (expressions.Any(one => one.Contexts.Contains("env")))
            expressions = [.. expressions, .. definition.Env.SelectMany(entry => TemplateExpressions.In(entry.Value))];
        foreach (var expression in expressions)
        {
            var named = References.ToAllOf("inputs", expression.Text)
                ? definition.Inputs.Select(input => input.Name)
                : References.To("inputs", expression.Text);
            foreach (var name in named.Where(name => missing.Contains(unit.Frame.Prefix + name)))
                yield return "inputs." + name;
            if (drill is null)
                continue;
            if (unit.View.State.Alert is null && expression.Contexts.Contains("alert"))
                yield return "the alert";
            if (unit.View.State.Incident is null && expression.Contexts.Contains("incident"))
                yield return "the incident";
        }
    }
}
