using System.Text.Json;
using Runbooks.Definition;
using Runbooks.Expressions;

namespace Runbooks.Planning;

/// <param name="Field">As <c>inputs.shard</c>.</param>
/// <param name="Fix">One sentence: what to give instead.</param>
public sealed record InputProblem(string Field, string? Value, string Fix)
{
    /// <summary>On one line.</summary>
    public string Sentence =>
        Value is null ? $"{Field}: {Fix}" : $"{Field} is '{ExpressionException.Short(Value).ReplaceLineEndings(" ")}': {Fix}";
}

/// <summary>Fills in defaults and checks what was given against the runbook's inputs. Pure. Secrets become their references.</summary>
public static class InputResolver
{
    public static (JsonElement? Inputs, IReadOnlyList<InputProblem> Problems) Resolve(
        RunbookDefinition definition,
        JsonElement given,
        JsonElement? alert,
        int? incident
    ) => Resolve(definition.Inputs, given, alert, incident);

    /// <param name="inputs">Of a runbook, or of a question.</param>
    /// <param name="run">Of a question: the inputs of the runbook that asks, which its defaults see. Null: they see those before them.</param>
    public static (JsonElement? Inputs, IReadOnlyList<InputProblem> Problems) Resolve(
        IReadOnlyList<InputDefinition> inputs,
        JsonElement given,
        JsonElement? alert,
        int? incident,
        JsonElement? run = null
    )
    {
        var seen = run is { } known ? Values.From(known) : null;
        var problems = new List<InputProblem>();
        var resolved = new List<KeyValuePair<string, object?>>();
        var wanted = Values.From(given) as MapValue ?? MapValue.Empty;
        var incidentValue = incident is { } number
            ? new MapValue([KeyValuePair.Create("number", (object?)(double)number), KeyValuePair.Create("id", (object?)$"inc-{number}")])
            : null;
        foreach (var entry in wanted.Entries.Where(entry => inputs.All(input => input.Name != entry.Key)))
            problems.Add(new InputProblem($"inputs.{entry.Key}", null, $"There is no such input. There are: {Names(inputs)}."));
        foreach (var input in inputs)
        {
            if (input.Type is InputType.Secret)
            {
                if (wanted.TryGet(input.Name, out _))
                    problems.Add(new InputProblem($"inputs.{input.Name}", null, "A secret is not given; it comes from its reference."));
                resolved.Add(KeyValuePair.Create(input.Name, (object?)input.Ref));
                continue;
            }

            if (!wanted.TryGet(input.Name, out var value) || value is null)
                value = Default(input, alert, incidentValue, seen ?? new MapValue([.. resolved]), problems);
            if (value is null or "" && input.Required)
                problems.Add(new InputProblem($"inputs.{input.Name}", null, "It is required."));
            else if (value is not null)
                value = Check(input, value, problems);
            resolved.Add(KeyValuePair.Create(input.Name, value));
        }

        return problems.Count > 0 ? (null, problems) : (Values.ToJson(new MapValue(resolved)), []);
    }

    internal static object? Default(InputDefinition input, JsonElement? alert, MapValue? incident, object seen, List<InputProblem> problems)
    {
        try
        {
            var scope = new Scope(name =>
                name.ToLowerInvariant() switch
                {
                    "alert" => Values.From(alert),
                    "incident" => incident,
                    "inputs" => seen,
                    _ => MapValue.Empty,
                }
            );
            return input.Default?.Resolve(scope);
        }
        catch (ExpressionException fault)
        {
            problems.Add(new InputProblem($"inputs.{input.Name}", null, fault.Message));
            return null;
        }
    }

    internal static object Check(InputDefinition input, object value, List<InputProblem> problems)
    {
        var (typed, refused) = InputRules.Check(input, value);
        problems.AddRange(refused.Select(fix => new InputProblem($"inputs.{input.Name}", Values.ToText(value), fix)));
        return typed;
    }

    private static string Names(IReadOnlyList<InputDefinition> inputs) => string.Join(", ", inputs.Select(input => input.Name));
}
