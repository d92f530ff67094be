using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using Runbooks.Actions;

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
        var schema = OrExpression(Of(argument.Type));
        if (argument.Description.Length > 0)
            schema["description"] = argument.Description;
        return schema;
    }

    /// <summary>Whether a value that is written out fits; one with an expression in it shows only when it is resolved.</summary>
    public static bool Takes(ActionArgument argument, YamlTree value)
    {
        if (HasExpression(value))
            return true;
        try
        {
            Expressions.Values.ToJson(value.ToValue()).Deserialize(argument.Type, ActionJson.Options);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>A kind of value, as people say it.</summary>
    public static string Said(Type given)
    {
        var schema = Of(Nullable.GetUnderlyingType(given) ?? given);
        if (schema["enum"] is JsonArray words)
            return "one of " + string.Join(", ", words.Select(word => word!.GetValue<string>()));
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
            return new JsonObject
            {
                ["enum"] = new JsonArray([
                    .. Enum.GetNames(type).Select(name => (JsonNode)JsonNamingPolicy.KebabCaseLower.ConvertName(name)),
                ]),
            };
        if (type == typeof(double) || type == typeof(decimal) || type == typeof(float))
            return Types("number");
        if (type.IsPrimitive)
            return Types("integer");
        if (type == typeof(JsonElement) || type == typeof(object))
            return [];
        if (Values(type, typeof(IReadOnlyDictionary<,>)) is { } value)
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = OrExpression(Of(value)) };
        if (type != typeof(string) && type.IsAssignableTo(typeof(IEnumerable)))
            return new JsonObject
            {
                ["type"] = "array",
                ["items"] = OrExpression(Values(type, typeof(IEnumerable<>)) is { } item ? Of(item) : []),
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
        schema.Count == 0 || schema["type"] is JsonArray
            ? schema
            : new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "string", ["pattern"] = @"\$\{\{" }) };

    private static Type? Values(Type type, Type contract) =>
        type.GetInterfaces()
            .Append(type)
            .FirstOrDefault(one => one.IsGenericType && one.GetGenericTypeDefinition() == contract)
            ?.GetGenericArguments()[^1];

    private static JsonObject Types(params string[] types) =>
        new() { ["type"] = types is [var one] ? one : new JsonArray([.. types.Select(type => (JsonNode)type)]) };
}
