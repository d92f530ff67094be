using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Runbooks.Actions;
using Runbooks.Expressions;

namespace Runbooks.Definition;

/// <summary>The JSON Schema of an action's <c>with</c>, from its arguments record. An expression may stand for any value.</summary>
internal static class ArgumentSchema
{
    public static JsonObject Of(string summary, IReadOnlyList<ActionArgument> arguments)
    {
        var schema = new JsonObject
        {
            ["description"] = summary,
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["properties"] = new JsonObject(
                arguments.Select(argument => KeyValuePair.Create(argument.Key, (JsonNode?)Described(argument)))
            ),
        };
        var required = arguments.Where(argument => argument.Required).Select(argument => (JsonNode)argument.Key).ToArray();
        if (required.Length > 0)
            schema["required"] = new JsonArray(required);
        return schema;
    }

    private static JsonObject Described(ActionArgument argument)
    {
        var own = Of(argument.Type);
        foreach (var rule in argument.Rules)
            Describe(own, rule);
        var schema = OrExpression(own);
        if (argument.Description.Length > 0)
            schema["description"] = argument.Description;
        return schema;
    }

    /// <summary>What a value that is written out has to be instead; one with an expression in it shows only when it is resolved.</summary>
    /// <returns>Null: it fits.</returns>
    public static string? Refusal(ActionArgument argument, YamlTree value)
    {
        if (argument.Rules.Any(rule => rule is HttpHeadersAttribute or ShellVariablesAttribute))
            value = WrittenOut(value);
        if (HasExpression(value))
            return null;
        object? read;
        try
        {
            read = Values.ToJson(value.ToValue()).Deserialize(argument.Type, ActionJson.Options);
        }
        catch (JsonException)
        {
            return Said(argument.Type) + "." + Meant(value, Words(argument.Type));
        }

        if (IsMissing(argument, read))
            return $"{Said(argument)}, and it is null.";
        return argument.Rules.FirstOrDefault(rule => !Holds(rule, read)) is { } broken
            ? Instead(broken, read)
                + "."
                + (broken is AllowedValuesAttribute allowed ? Meant(value, [.. allowed.Values.OfType<string>()]) : "")
            : null;
    }

    /// <summary>As <see cref="Refusal"/>, of arguments that are resolved: what an expression brought is held against the same rules.</summary>
    /// <param name="words">Only where one of some words has to stand: the values of others may be secrets that nobody has resolved yet.</param>
    /// <returns>A sentence about the first that does not fit; null: all do.</returns>
    public static string? Misfit(IStepAction action, JsonElement with, bool words = false)
    {
        if (with.ValueKind is not JsonValueKind.Object)
            return null;
        // Before every call: what has no rule is not read here.
        foreach (var argument in ArgumentList.Of(action.Arguments).Where(argument => argument.Rules.Count > 0))
        {
            if (!with.TryGetProperty(argument.Key, out var value))
                continue;
            object? read;
            try
            {
                read = value.Deserialize(argument.Type, ActionJson.Options);
            }
            catch (JsonException)
            {
                // The action itself says that it cannot read it.
                continue;
            }

            if (!words && IsMissing(argument, read))
                return $"The argument '{argument.Key}' of '{action.Name}' must be {Said(argument)}, and it is null.";
            var rules = argument.Rules.Where(rule =>
                words ? rule is AllowedValuesAttribute : rule is not ExplainedRuleAttribute { OnlyWrittenOut: true }
            );
            if (rules.FirstOrDefault(rule => !Holds(rule, read)) is { } broken)
                return $"The argument '{argument.Key}' of '{action.Name}' must be {Instead(broken, read)}.";
        }

        return null;
    }

    // To its rules nothing is what was left out.
    private static bool IsMissing(ActionArgument argument, object? value) =>
        value is null && argument is { Required: true, Rules.Count: > 0 };

    private static bool Holds(ValidationAttribute rule, object? value) =>
        rule is AllowedValuesAttribute allowed
            ? value is not string text || allowed.Values.OfType<string>().Contains(text, StringComparer.OrdinalIgnoreCase)
            : rule.IsValid(value);

    private static string Meant(YamlTree value, IReadOnlyList<string> words) =>
        value is YamlTree.Scalar scalar ? Suggestion.For(scalar.Text, words) : "";

    // The names and most values are written out where one value, as a token in a header, is an expression.
    private static YamlTree WrittenOut(YamlTree value) =>
        value is YamlTree.Mapping mapping
            ? mapping with
            {
                Entries =
                [
                    .. mapping.Entries.Select(entry =>
                        HasExpression(entry.Value)
                            ? (entry.Key, new YamlTree.Scalar("", Plain: false, entry.Value.Line, entry.Value.Column))
                            : entry
                    ),
                ],
            }
            : value;

    private static string Instead(ValidationAttribute broken, object? value) =>
        broken is ExplainedRuleAttribute rule && rule.Problem(value) is { } problem ? problem : Said(broken);

    /// <summary>A rule as it goes on after "must be".</summary>
    private static string Said(ValidationAttribute rule) =>
        rule switch
        {
            AllowedValuesAttribute allowed => "one of " + string.Join(", ", allowed.Values),
            RangeAttribute range => string.Create(CultureInfo.InvariantCulture, $"from {range.Minimum} to {range.Maximum}"),
            RegularExpressionAttribute { ErrorMessage: { } words } => words,
            _ => rule.FormatErrorMessage("").Trim(),
        };

    private static void Describe(JsonObject schema, ValidationAttribute rule)
    {
        switch (rule)
        {
            case AllowedValuesAttribute allowed:
                schema.Clear();
                schema["enum"] = new JsonArray([.. allowed.Values.Select(value => (JsonNode?)value?.ToString())]);
                break;
            case RangeAttribute range:
                schema["minimum"] = Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture);
                schema["maximum"] = Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);
                break;
            case RegularExpressionAttribute pattern:
                schema["pattern"] = pattern.Pattern;
                break;
            case DurationTextAttribute:
                Text(schema, LanguageSchema.Duration);
                break;
            case ByteSizeTextAttribute:
                schema["pattern"] = ByteSize.Pattern;
                break;
            case ShellVariablesAttribute:
                schema["propertyNames"] = new JsonObject { ["pattern"] = ShellVariablesAttribute.Pattern };
                break;
            case FilledAttribute:
                schema["pattern"] = @"\S";
                break;
            case HttpAddressAttribute:
                Text(schema, "^https?://");
                break;
            case TextFormAttribute { Pattern: { } pattern }:
                schema["pattern"] = pattern;
                break;
        }
    }

    // A number or a flag counts as its text elsewhere; none of these fits.
    private static void Text(JsonObject schema, string pattern)
    {
        schema["type"] = "string";
        schema["pattern"] = pattern;
    }

    /// <summary>What an argument takes, as people say it.</summary>
    public static string Said(ActionArgument argument) =>
        argument.Rules.Count == 0 ? Said(argument.Type) : string.Join(", ", argument.Rules.Select(Said));

    /// <summary>A kind of value, as people say it.</summary>
    public static string Said(Type given)
    {
        var schema = Of(Nullable.GetUnderlyingType(given) ?? given);
        if (Words(given) is { Count: > 0 } words)
            return "one of " + string.Join(", ", words);
        return (schema["type"] is JsonArray types ? types[0] : schema["type"])?.GetValue<string>() switch
        {
            "boolean" => "true or false",
            "integer" => "a whole number",
            "number" => "a number",
            "array" => "a list",
            "object" => "a mapping",
            _ when schema["format"] is not null => "a time, as 2026-01-05T03:00:00Z",
            _ => "a text",
        };
    }

    private static IReadOnlyList<string> Words(Type given) =>
        (Nullable.GetUnderlyingType(given) ?? given) is { IsEnum: true } type
            ? [.. Enum.GetNames(type).Select(JsonNamingPolicy.KebabCaseLower.ConvertName)]
            : [];

    /// <returns>An empty schema takes anything.</returns>
    private static JsonObject Of(Type given)
    {
        var type = Nullable.GetUnderlyingType(given) ?? given;
        if (type == typeof(string) || type == typeof(Uri))
            return Types("string", "number", "boolean");
        if (type == typeof(bool))
            return Types("boolean");
        if (type == typeof(DateTimeOffset))
            return new JsonObject { ["type"] = "string", ["format"] = "date-time" };
        if (type.IsEnum)
            return new JsonObject { ["enum"] = new JsonArray([.. Words(type).Select(word => (JsonNode)word)]) };
        if (type == typeof(double) || type == typeof(decimal) || type == typeof(float))
            return Types("number");
        if (type.IsPrimitive)
            return Types("integer");
        if (type == typeof(JsonElement) || type == typeof(object))
            return [];
        if (ValueOf(type, typeof(IReadOnlyDictionary<,>)) is { } value)
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = OrExpression(Of(value)) };
        if (type != typeof(string) && type.IsAssignableTo(typeof(IEnumerable)))
            return new JsonObject
            {
                ["type"] = "array",
                ["items"] = OrExpression(ValueOf(type, typeof(IEnumerable<>)) is { } item ? Of(item) : []),
            };
        return Types("object");
    }

    private static bool HasExpression(YamlTree tree) =>
        tree switch
        {
            YamlTree.Scalar scalar => scalar.Text.Contains("${{", StringComparison.Ordinal),
            YamlTree.Sequence sequence => sequence.Items.Any(HasExpression),
            YamlTree.Mapping mapping => mapping.Entries.Any(entry => HasExpression(entry.Value)),
            _ => false,
        };

    private static JsonObject OrExpression(JsonObject schema) =>
        schema.Count == 0 || (schema["type"] is JsonArray && !schema.ContainsKey("pattern"))
            ? schema
            : new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "string", ["pattern"] = @"\$\{\{" }) };

    private static Type? ValueOf(Type type, Type contract) =>
        type.GetInterfaces()
            .Append(type)
            .FirstOrDefault(one => one.IsGenericType && one.GetGenericTypeDefinition() == contract)
            ?.GetGenericArguments()[^1];

    private static JsonObject Types(params string[] types) =>
        new() { ["type"] = types is [var one] ? one : new JsonArray([.. types.Select(type => (JsonNode)type)]) };
}
