using System.Text.Json;
using Runbooks.Definition;
using Runbooks.Expressions;

namespace Runbooks.Planning;

/// <summary>What is known of a runbook's inputs when nobody gives any and no alert has come: their defaults. Pure.</summary>
/// <param name="Known">By name; secrets are their references.</param>
/// <param name="Missing">By name, why there is no value.</param>
/// <param name="Wrong">Defaults that the runbook's own rules refuse.</param>
public sealed record DrillInputs(JsonElement Known, IReadOnlyDictionary<string, string> Missing, IReadOnlyList<InputProblem> Wrong)
{
    /// <param name="given">By a runbook that calls this one; an empty mapping else.</param>
    public static DrillInputs Of(RunbookDefinition definition, JsonElement given)
    {
        var known = new List<KeyValuePair<string, object?>>();
        var missing = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var wrong = new List<InputProblem>();
        var wanted = Values.From(given) as MapValue ?? MapValue.Empty;
        foreach (var input in definition.Inputs)
        {
            if (input.Type is InputType.Secret)
            {
                known.Add(KeyValuePair.Create(input.Name, (object?)input.Ref));
                continue;
            }

            var problems = new List<InputProblem>();
            var value = wanted.TryGet(input.Name, out var said) ? said : null;
            if (value is null && Absent(input, known, missing) is { } why)
            {
                missing[input.Name] = why;
                continue;
            }

            value ??= InputResolver.Default(input, null, null, new MapValue([.. known]), problems);
            if (value is not null && problems.Count == 0)
                value = InputResolver.Check(input, value, problems);
            if (problems.Count > 0)
            {
                missing[input.Name] = problems[0].Fix;
                wrong.AddRange(problems);
                continue;
            }

            known.Add(KeyValuePair.Create(input.Name, value));
        }

        return new DrillInputs(Values.ToJson(new MapValue(known)), missing, wrong);
    }

    // "http://" and then nothing is a value, too, and none that anybody meant: each part of a default has to be there.
    private static string? Absent(InputDefinition input, List<KeyValuePair<string, object?>> known, Dictionary<string, string> missing)
    {
        if (input.Default is null)
            return input.Required ? "it has no default" : null;
        var scope = new Scope(name =>
            name.Equals("inputs", StringComparison.OrdinalIgnoreCase) ? new MapValue([.. known]) : MapValue.Empty
        );
        foreach (var expression in TemplateExpressions.In(input.Default))
        {
            if (References.To("inputs", expression.Text).FirstOrDefault(missing.ContainsKey) is { } other)
                return $"its default is made of inputs.{other}";
            if (expression.Contexts.Overlaps(["alert", "incident"]) && Value(expression, scope) is null or "")
                return "its default comes from what it is started for";
        }

        return null;
    }

    private static object? Value(Expression expression, Scope scope)
    {
        try
        {
            return expression.Evaluate(scope);
        }
        catch (ExpressionException)
        {
            // Why it has no value makes no difference: without an alert it has none.
            return null;
        }
    }
}
