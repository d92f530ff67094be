using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Integrations;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Bot.Commands;

/// <summary>What a runbook asks people: the inputs of a start, and the questions of a step.</summary>
/// <param name="Type">As the language has it: <c>string</c>, <c>integer</c>, <c>number</c>, <c>boolean</c>, <c>list</c>.</param>
/// <param name="Default">What is taken where nothing is answered, if that is known beforehand.</param>
internal sealed record RunQuestion(
    string Name,
    string Type,
    string? Description,
    IReadOnlyList<string> Choices,
    bool Required,
    string? Default = null
);

/// <summary>Questions of runbooks as forms, and their answers as values of the right type.</summary>
internal static class RunQuestions
{
    /// <summary>Secrets are read by their references and are never asked for.</summary>
    /// <param name="definition">Null where it cannot be read; it asks nothing then.</param>
    public static IReadOnlyList<RunQuestion> Of(RunbookDefinition? definition) =>
        [.. (definition?.Inputs ?? []).Where(input => input.Type is not InputType.Secret).Select(Of)];

    /// <summary>To change what a run was started with: each shows what it is now.</summary>
    public static IReadOnlyList<RunQuestion> Of(RunbookDefinition? definition, JsonElement inputs) =>
        [.. Of(definition).Select(question => question with { Required = false, Default = Known(inputs, question.Name) })];

    /// <returns>None where the wait asks nothing.</returns>
    public static IReadOnlyList<RunQuestion> Of(StepWait wait) =>
        wait is { Kind: WaitKind.Answer, Evidence: { ValueKind: JsonValueKind.Object } evidence }
        && evidence.TryGetProperty("inputs", out var inputs)
        && inputs.ValueKind is JsonValueKind.Object
            ? [.. inputs.EnumerateObject().Select(input => Of(input.Name, input.Value))]
            : [];

    /// <param name="command">The answers are appended as options.</param>
    public static Form Form(string title, string command, string submit, IReadOnlyList<RunQuestion> questions) =>
        new(title, command, submit, Fields(questions));

    public static IReadOnlyList<FormField> Fields(IReadOnlyList<RunQuestion> questions) => [.. questions.Select(Field)];

    /// <summary>Answers by name; what cannot be read as its type stays text, and whoever checks it says what is wrong.</summary>
    public static JsonElement Read(IReadOnlyList<RunQuestion> questions, IEnumerable<KeyValuePair<string, string>> typed)
    {
        var answers = new JsonObject();
        foreach (var (name, text) in typed.Where(answer => answer.Value.Length > 0))
            answers[name] = Value(questions.FirstOrDefault(question => question.Name == name)?.Type, text);
        return JsonSerializer.SerializeToElement(answers);
    }

    private static JsonNode? Value(string? type, string text) =>
        type switch
        {
            "string" => text,
            "integer" when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
            "number" when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
            "boolean" when bool.TryParse(text, out var flag) => flag,
            "list" when text[0] is not '[' => new JsonArray([
                .. text.Split(',', StringSplitOptions.TrimEntries).Select(item => JsonValue.Create(item)),
            ]),
            _ => Guessed(text),
        };

    // Numbers and booleans keep their type; what is meant as text otherwise is quoted: shard="007".
    private static JsonNode? Guessed(string text)
    {
        if (text is not ("true" or "false") && !char.IsAsciiDigit(text[0]) && text[0] is not ('-' or '"' or '[' or '{'))
            return text;
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private static RunQuestion Of(InputDefinition input) =>
        new(
            input.Name,
            Runbooks.Definition.Words.Of(input.Type),
            input.Description,
            [.. (input.Enum ?? []).Select(Values.ToText)],
            input.Required && input.Default is null,
            input.Default is Template.Constant { Value: var known } && known is not ListValue ? Values.ToText(known) : null
        );

    private static RunQuestion Of(string name, JsonElement asked) =>
        new(
            name,
            Text(asked, "type") ?? "string",
            Text(asked, "description"),
            asked.TryGetProperty("enum", out var choices) ? [.. choices.EnumerateArray().Select(choice => choice.ToString())] : [],
            asked.TryGetProperty("required", out var required) && required.ValueKind is JsonValueKind.True,
            Known(asked, "default")
        );

    // As the input's kind writes it; a list has no field that could show it.
    private static string? Known(JsonElement values, string name) =>
        values.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object)
            ? Values.ToText(Values.From(value))
            : null;

    private static FormField Field(RunQuestion question) =>
        new(
            question.Name,
            question.Name,
            question switch
            {
                { Choices.Count: > 0 } or { Type: "boolean" } => FormFieldKind.Choice,
                { Type: "integer" or "number" } => FormFieldKind.Number,
                _ => FormFieldKind.Text,
            }
        )
        {
            Required = question.Required,
            Default = question.Default,
            Hint = question.Type is "list" ? $"{question.Description} Several, with commas between.".TrimStart() : question.Description,
            Choices =
                question.Choices.Count > 0 ? question.Choices
                : question.Type is "boolean" ? ["true", "false"]
                : [],
        };

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
