using System.Text.Json.Nodes;
using Runbooks.Actions;
using Runbooks.Testing;

namespace Runbooks.Definition;

/// <summary>
/// The JSON Schemas (2020-12) of runbooks and of their tests, for editors and other programs: written from the same
/// places and keys that the readers ask, and from the actions that there are.
/// </summary>
public sealed class LanguageSchema
{
    /// <summary>As ECMAScript: <c>500ms 10s 5m 2h 1d</c>.</summary>
    internal const string Duration = @"^([0-9]+\.?[0-9]*|\.[0-9]+)(ms|s|m|h|d)$";

    private readonly IReadOnlyDictionary<string, IStepAction> actions;
    private readonly SortedDictionary<string, JsonObject?> definitions = new(StringComparer.Ordinal);

    private LanguageSchema(IReadOnlyDictionary<string, IStepAction> actions) => this.actions = actions;

    public static JsonObject OfRunbooks(IReadOnlyDictionary<string, IStepAction> actions) =>
        new LanguageSchema(actions).Root("A runbook", Language.Runbook);

    public static JsonObject OfTests() =>
        new LanguageSchema(new Dictionary<string, IStepAction>()).Root("Tests of the runbook beside", TestLanguage.Test);

    private JsonObject Root(string title, Place place)
    {
        var root = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = title,
            ["$ref"] = Reference(place),
        };
        root["$defs"] = new JsonObject(definitions.Select(one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value)));
        return root;
    }

    private string Reference(Place place)
    {
        if (definitions.TryAdd(place.Name, null))
            definitions[place.Name] = Of(place);
        return "#/$defs/" + place.Name;
    }

    private JsonObject Of(Place place)
    {
        var schema = new JsonObject
        {
            ["description"] = place.Summary,
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["properties"] = new JsonObject(place.Keys.Select(key => KeyValuePair.Create(key.Name, (JsonNode?)Of(key)))),
        };
        if (Names(place.Keys.Where(key => key.Required).Select(key => key.Name)) is { Count: > 0 } required)
            schema["required"] = required;
        var rules = new JsonArray();
        foreach (var rule in Kinds(place).Concat(Arguments(place)))
            rules.Add(rule);
        if (rules.Count > 0)
            schema["allOf"] = rules;
        return schema;
    }

    private JsonObject Of(Key key)
    {
        var schema = Of(key.Shape);
        // Beside a $ref other keywords count, too (core, section 8.2.3.1).
        schema["description"] = key.Summary;
        return schema;
    }

    private JsonObject Of(Shape shape) =>
        shape switch
        {
            Shape.Text { Pattern: { } pattern } => new JsonObject { ["type"] = "string", ["pattern"] = pattern },
            Shape.Text => Types("string", "number", "boolean"),
            Shape.Flag => Types("boolean"),
            Shape.Yes => new JsonObject { ["const"] = true },
            Shape.Number number => Number(number),
            Shape.Time => new JsonObject
            {
                ["type"] = "string",
                ["pattern"] = Duration,
                ["examples"] = Names(["500ms", "10s", "5m"]),
            },
            Shape.Size => AnyOf(
                new JsonObject
                {
                    ["type"] = "string",
                    ["pattern"] = "^0*[1-9][0-9]*(B|KB|MB)?$",
                    ["examples"] = Names(["64KB", "10MB"]),
                },
                new JsonObject { ["type"] = "integer", ["minimum"] = 1 }
            ),
            Shape.Portion => AnyOf(
                new JsonObject
                {
                    ["type"] = "string",
                    ["pattern"] = "^0*([1-9]|[1-9][0-9]|100)%$",
                    ["examples"] = Names(["10%", "100%"]),
                },
                new JsonObject { ["type"] = "integer", ["minimum"] = 1 }
            ),
            Shape.Action => Action(),
            Shape.Word word => new JsonObject { ["enum"] = Names(word.Words) },
            Shape.Condition => Types("string", "number", "boolean"),
            Shape.Anything => [],
            Shape.Listed => AnyOf(
                new JsonObject { ["type"] = "array" },
                new JsonObject { ["type"] = "string", ["pattern"] = @"^\s*\$\{\{[\s\S]*\}\}\s*$" }
            ),
            Shape.ListOf list => AtLeast("minItems", list.Least, new JsonObject { ["type"] = "array", ["items"] = Of(list.Item) }),
            Shape.MapOf map => AtLeast(
                "minProperties",
                map.Least,
                new JsonObject { ["type"] = "object", ["additionalProperties"] = Of(map.Value) }
            ),
            Shape.In inner => new JsonObject { ["$ref"] = Reference(inner.Place) },
            Shape.OneOf choice => AnyOf([.. choice.Shapes.Select(Of)]),
            _ => throw new InvalidOperationException($"A new kind of shape: {shape.GetType().Name}."),
        };

    private JsonObject Action() =>
        new()
        {
            ["enum"] = Names(actions.Keys),
            // Understood by the YAML language server; others pass over it.
            ["enumDescriptions"] = Names(actions.Values.Select(action => action.Summary)),
        };

    // At most one of the kinds; a step that has none is a gate and needs its approval.
    private static IEnumerable<JsonNode> Kinds(Place place)
    {
        if (place.Kinds.Count == 0)
            yield break;
        var enough = place == StepLanguage.Step ? [.. place.Kinds, "approve"] : place.Kinds;
        yield return AnyOf([.. enough.Select(Needs)]);
        foreach (var (kind, at) in place.Kinds.Select((kind, at) => (kind, at)))
        {
            foreach (var other in place.Kinds.Skip(at + 1))
                yield return new JsonObject { ["not"] = new JsonObject { ["required"] = Names([kind, other]) } };
        }
    }

    private IEnumerable<JsonNode> Arguments(Place place)
    {
        if (!place.Keys.Any(key => key.Shape is Shape.Action))
            yield break;
        foreach (var action in actions.Values)
        {
            var condition = Needs("uses");
            condition["properties"] = new JsonObject { ["uses"] = new JsonObject { ["const"] = action.Name } };
            if (action.Asks)
            {
                yield return place == StepLanguage.Step ? Question(condition) : new JsonObject { ["not"] = condition };
                continue;
            }

            var arguments = ArgumentList.Of(action.Arguments);
            var name = "with-" + action.Name.Replace('/', '-').Replace('@', '-');
            definitions[name] = ArgumentSchema.Of(action.Summary, arguments);
            var then = new JsonObject { ["properties"] = new JsonObject { ["with"] = new JsonObject { ["$ref"] = "#/$defs/" + name } } };
            if (arguments.Exists(argument => argument.Required))
                then["required"] = Names(["with"]);
            yield return new JsonObject { ["if"] = condition, ["then"] = then };
        }
    }

    // Its arguments are the keys of `ask`, rules of the answers and all.
    private JsonObject Question(JsonObject condition)
    {
        var then = Needs("with");
        then["properties"] = new JsonObject { ["with"] = new JsonObject { ["$ref"] = Reference(StepLanguage.Ask) } };
        return new JsonObject { ["if"] = condition, ["then"] = then };
    }

    private static JsonObject Number(Shape.Number number)
    {
        var schema = Types(number.Whole ? "integer" : "number");
        if (number.Least > double.MinValue)
            schema["minimum"] = number.Least;
        if (number.Most < double.MaxValue)
            schema["maximum"] = number.Most;
        return schema;
    }

    private static JsonObject AtLeast(string keyword, int least, JsonObject schema)
    {
        if (least > 0)
            schema[keyword] = least;
        return schema;
    }

    private static JsonObject Needs(string key) => new() { ["required"] = Names([key]) };

    private static JsonObject AnyOf(params JsonObject[] choices) => new() { ["anyOf"] = new JsonArray([.. choices]) };

    private static JsonObject Types(params string[] types) => new() { ["type"] = types is [var one] ? one : Names(types) };

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => (JsonNode)name)]);
}
