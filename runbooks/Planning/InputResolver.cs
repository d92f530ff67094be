using System.Text.Json;
using Runbooks.Definition;
using Runbooks.Expressions;

namespace Runbooks.Planning;

/// <param name="Field">As <c>inputs.shard</c>.</param>
/// <param name="Fix">One sentence: what to give instead.</param>
public sealed record InputProblem(string Field, string? Value, string Fix);

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
    public static (JsonElement? Inputs, IReadOnlyList<InputProblem> Problems) Resolve(
        IReadOnlyList<InputDefinition> inputs,
        JsonElement given,
        JsonElement? alert,
        int? incident
    )
    {
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
                value = Default(input, alert, incidentValue, resolved, problems);
            if (value is null or "" && input.Required)
                problems.Add(new InputProblem($"inputs.{input.Name}", null, "It is required."));
            else if (value is not null)
                value = Check(input, value, problems);
            resolved.Add(KeyValuePair.Create(input.Name, value));
        }

        return problems.Count > 0 ? (null, problems) : (Values.ToJson(new MapValue(resolved)), []);
    }

    internal static object? Default(
        InputDefinition input,
        JsonElement? alert,
        MapValue? incident,
        List<KeyValuePair<string, object?>> before,
        List<InputProblem> problems
    )
    {
        try
        {
            var scope = new Scope(name =>
                name.ToLowerInvariant() switch
                {
                    "alert" => Values.From(alert),
                    "incident" => incident,
                    "inputs" => new MapValue([.. before]),
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

    internal static object? Check(InputDefinition input, object value, List<InputProblem> problems)
    {
        var typed = Typed(input.Type, value);
        if (typed is null)
        {
            Refuse($"It must be of type {Words.Of(input.Type)}.");
            return value;
        }

        if (input.Enum is { } allowed && !allowed.Any(one => Values.ToText(one) == Values.ToText(typed)))
            Refuse($"It must be one of {string.Join(", ", allowed.Select(Values.ToText))}.");
        if (typed is string text)
        {
            if (input.Pattern is { } pattern && !pattern.IsMatch(text))
                Refuse($"It must match {pattern}.");
            if (text.Length < input.MinLength || text.Length > input.MaxLength)
                Refuse("Its length is out of range.");
        }
        else if (typed is double number && (number < input.Minimum || number > input.Maximum))
        {
            Refuse(
                $"It must be from {Values.ToText(input.Minimum ?? double.NegativeInfinity)} to {Values.ToText(input.Maximum ?? double.PositiveInfinity)}."
            );
        }
        else if (typed is ListValue list)
        {
            if (list.Items.Count < input.MinLength || list.Items.Count > input.MaxLength)
                Refuse("It has too few or too many items.");
            if (input.Items is { } items && list.Items.Any(item => item is null || Typed(items, item) is null))
                Refuse($"Each item must be of type {Words.Of(items)}.");
        }

        return typed;

        void Refuse(string fix) => problems.Add(new InputProblem($"inputs.{input.Name}", Values.ToText(value), fix));
    }

    // Labels of alerts and words typed in chat are texts; they count as what they say.
    private static object? Typed(InputType type, object value) =>
        type switch
        {
            InputType.String when value is string or double or bool => Values.ToText(value),
            InputType.Boolean when value is bool => value,
            InputType.Boolean when value is "true" => true,
            InputType.Boolean when value is "false" => false,
            InputType.Number => Number(value),
            InputType.Integer => Number(value) is { } number && number == Math.Floor(number) ? number : null,
            InputType.List when value is ListValue => value,
            _ => null,
        };

    private static double? Number(object value) =>
        value switch
        {
            double number => number,
            string { Length: > 0 } text when double.TryParse(text, out var number) && double.IsFinite(number) => number,
            _ => null,
        };

    private static string Names(IReadOnlyList<InputDefinition> inputs) => string.Join(", ", inputs.Select(input => input.Name));
}
