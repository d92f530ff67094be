using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>
/// What a walk through a runbook has to go without: the results of steps that it does not make, and in a drill what nobody gave. In a plan also
/// what it has, but as it is now: after something that a plan does not do, a run may find it otherwise. A drill takes what it finds.
/// </summary>
internal sealed class WalkNeeds(DrillScope? drill)
{
    private readonly Gaps absent = new(drill?.Missing ?? []);
    private readonly Gaps unsure = new([]);
    private bool acted;

    /// <summary>Why a step is not made that needs these.</summary>
    public static string Said(IReadOnlyList<string> needs) => $"it depends on {string.Join(", ", needs)}";

    /// <summary>This step brings nothing here.</summary>
    public void Assume(string path) => absent.Steps.Add(path);

    /// <summary>What this step brings, a run may find otherwise.</summary>
    public void Doubt(string path) => unsure.Steps.Add(path);

    /// <summary>What is looked at from here on, a run may find otherwise.</summary>
    public void Act() => acted = drill is null;

    /// <summary>These inputs have no value here.</summary>
    public void Miss(IEnumerable<string> inputs) => absent.Inputs.UnionWith(inputs);

    /// <summary>These inputs may have another value in a run.</summary>
    public void Doubt(IEnumerable<string> inputs) => unsure.Inputs.UnionWith(inputs);

    /// <summary>The target at this path stands for all of a list that is not known: its <c>item</c> is made of this.</summary>
    public void MissItem(string path, IReadOnlyList<string> list) => absent.Items[path] = list;

    /// <summary>The <c>item</c> of the target at this path is made of this, and a run may find it otherwise.</summary>
    public void DoubtItem(string path, IReadOnlyList<string> list) => unsure.Items[path] = list;

    /// <summary>A step that is made of others brings what they bring.</summary>
    public void Gather(string path, Func<string, bool> isPart)
    {
        foreach (var gaps in (Gaps[])[absent, unsure])
        {
            if (gaps.Steps.Any(isPart))
                gaps.Steps.Add(path);
        }
    }

    /// <summary>Steps of a list of which nobody can say yet whether they go well.</summary>
    public IReadOnlyList<string> OpenIn(Frame frame) =>
        drill is not null
            ? []
            :
            [
                .. frame
                    .Definition.Steps.Select(step => step.Id)
                    .Where(id => absent.Has(frame.Prefix + id) || unsure.Has(frame.Prefix + id)),
            ];

    /// <summary>Whether a run would find what this looks at as it is now.</summary>
    public bool IsSure(Unit unit) =>
        (!acted || RunbookGlance.IsOfTheIncident(unit.Step))
        && Unsure(
            unit,
            [
                .. Arguments(unit),
                .. unit.Step.Expect is { } expect ? [expect] : Array.Empty<Expression>(),
                .. unit.Step.Outputs.SelectMany(entry => TemplateExpressions.In(entry.Value)),
            ]
        ).Count == 0;

    /// <summary>What a step's arguments are made of and the walk does not have.</summary>
    public List<string> Of(Unit unit) => On(unit, Arguments(unit));

    /// <summary>Also what of it a run may find otherwise.</summary>
    public List<string> UnsureOf(Unit unit) => Unsure(unit, Arguments(unit));

    private IReadOnlyCollection<Expression> Arguments(Unit unit) =>
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
        ];

    /// <summary>What of these expressions the walk does not have.</summary>
    public List<string> On(Unit unit, IReadOnlyCollection<Expression> expressions) => [.. In(absent, unit, expressions)];

    /// <summary>Also what of them a run may find otherwise.</summary>
    public List<string> Unsure(Unit unit, IReadOnlyCollection<Expression> expressions)
    {
        var found = In(absent, unit, expressions);
        if (drill is not null)
            return [.. found];
        found.UnionWith(In(unsure, unit, expressions));
        if (acted && expressions.Any(one => IsMadeOf("alert", "state", one)))
            found.Add("alert.state");
        if (OpenIn(unit.Frame).Count > 0 && expressions.Any(one => IsMadeOf("run", "outcome", one)))
            found.Add("run.outcome");
        return [.. found];
    }

    private static bool IsMadeOf(string context, string name, Expression expression) =>
        References.ToAllOf(context, expression.Text)
        || References.To(context, expression.Text).Contains(name, StringComparer.OrdinalIgnoreCase);

    private SortedSet<string> In(Gaps gaps, Unit unit, IReadOnlyCollection<Expression> expressions)
    {
        var found = new SortedSet<string>(InContexts(gaps, unit, expressions), StringComparer.Ordinal);
        if (expressions.Any(one => one.Contexts.Contains("item")))
            found.UnionWith(gaps.Items.Where(item => IsIn(unit.Path, item.Key)).SelectMany(item => item.Value));
        foreach (var expression in expressions.Where(one => one.Contexts.Contains("steps")))
        {
            var named = References.ToAllOf("steps", expression.Text)
                ? unit.Frame.Definition.Ids.Values
                : References.To("steps", expression.Text);
            found.UnionWith(named.Where(id => gaps.Has(unit.Prefix + id) || gaps.Has(unit.Frame.Prefix + id)));
        }

        return found;
    }

    private static bool IsIn(string path, string target) =>
        path.StartsWith(target, StringComparison.OrdinalIgnoreCase) && (path.Length == target.Length || path[target.Length] is '/' or '.');

    // What a run would have and a walk has not: inputs that nobody knows yet; in a drill also the alert and the incident.
    private IEnumerable<string> InContexts(Gaps gaps, Unit unit, IReadOnlyCollection<Expression> expressions)
    {
        var definition = unit.Frame.Definition;
        if (expressions.Any(one => one.Contexts.Contains("env")))
            expressions = [.. expressions, .. definition.Env.SelectMany(entry => TemplateExpressions.In(entry.Value))];
        foreach (var expression in expressions)
        {
            var named = References.ToAllOf("inputs", expression.Text)
                ? definition.Inputs.Select(input => input.Name)
                : References.To("inputs", expression.Text);
            foreach (var name in named.Where(name => gaps.Inputs.Contains(unit.Frame.Prefix + name)))
                yield return "inputs." + name;
            if (drill is null)
                continue;
            if (unit.View.State.Alert is null && expression.Contexts.Contains("alert"))
                yield return "the alert";
            if (unit.View.State.Incident is null && expression.Contexts.Contains("incident"))
                yield return "the incident";
        }
    }

    private sealed class Gaps(IEnumerable<string> inputs)
    {
        public HashSet<string> Steps { get; } = new(StringComparer.OrdinalIgnoreCase);

        // By the prefix of their frame and their name.
        public HashSet<string> Inputs { get; } = new(inputs, StringComparer.OrdinalIgnoreCase);

        // By the path of a target.
        public Dictionary<string, IReadOnlyList<string>> Items { get; } = new(StringComparer.OrdinalIgnoreCase);

        public bool Has(string path) => Steps.Contains(path);
    }
}
