using System.Text.Json.Nodes;
using Runbooks.Definition;

namespace Tests.Runbooks;

/// <summary>Documents made of the language's own description: every key of every place, rightly and wrongly filled.</summary>
internal sealed class SchemaSamples(Place root, string action)
{
    /// <summary>Every place that can be reached, with the way to it.</summary>
    public IEnumerable<(Place Place, Func<JsonObject, JsonObject> Around)> Places()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { root.Name };
        var open = new Queue<(Place Place, Func<JsonObject, JsonObject> Around)>([(root, content => content)]);
        while (open.TryDequeue(out var next))
        {
            yield return next;
            foreach (var key in next.Place.Keys)
            {
                foreach (var (inner, wrap) in Within(key.Shape).Where(one => seen.Add(one.Place.Name)))
                    open.Enqueue((inner, content => next.Around(With(next.Place, key, wrap(content)))));
            }
        }
    }

    /// <summary>A mapping of the place with just what it needs, and one key as given.</summary>
    public JsonObject With(Place place, Key key, JsonNode? value)
    {
        var content = new JsonObject { [key.Name] = value };
        foreach (var needed in place.Keys.Where(other => other.Required && other.Name != key.Name))
            content[needed.Name] = Right(needed.Shape).First();
        // A key of a script stands beside a script, one of an action beside an action.
        if (place.Kinds.Count > 0 && !place.Kinds.Contains(key.Name))
        {
            var kind = key.Name is "shell" or "env" or "cwd" or "log-limit" or "artifacts" ? "run" : place.Kinds[0];
            if (!content.ContainsKey(kind))
                content[kind] = Right(place.Keys.First(other => other.Name == kind).Shape).First();
        }

        return content;
    }

    /// <summary>Values that the key takes; the arguments of an action are the action's to say.</summary>
    public IEnumerable<JsonNode?> Right(Place place, Key key) =>
        key.Name is "with" && place.Keys.Any(other => other.Shape is Shape.Action) ? [new JsonObject { ["what"] = "a" }] : Right(key.Shape);

    private IEnumerable<JsonNode?> Right(Shape shape) =>
        shape switch
        {
            Shape.Text { Pattern: { } pattern } => [pattern.Contains(':') ? "env:A" : "a"],
            Shape.Text => ["a", 7, true],
            Shape.Flag => [true, false],
            Shape.Yes => [true],
            Shape.Number number => [Math.Clamp(3, number.Least, number.Most)],
            Shape.Time => ["10s", "500ms", "1.5h"],
            Shape.Size => ["64KB", 100],
            Shape.Portion => ["10%", 3],
            Shape.Action => [action],
            Shape.Word word => word.Words.Select(one => (JsonNode?)one),
            Shape.Condition => ["true", "1 < 2", true],
            Shape.Anything => ["a", 7, new JsonArray(1, "b"), new JsonObject { ["c"] = true }],
            Shape.Listed => ["${{ split('a,b', ',') }}", new JsonArray(1, "b")],
            Shape.ListOf list => Right(list.Item).Select(item => (JsonNode?)new JsonArray(item)),
            Shape.MapOf map => Right(map.Value).Select(value => (JsonNode?)new JsonObject { ["a"] = value }),
            Shape.In inner => [Minimal(inner.Place)],
            Shape.OneOf choice => choice.Shapes.SelectMany(Right),
            _ => throw new InvalidOperationException(shape.GetType().Name),
        };

    public static IEnumerable<JsonNode?> Wrong(Shape shape) =>
        shape switch
        {
            Shape.Text => [new JsonObject { ["x"] = 1 }, new JsonArray()],
            Shape.Flag => ["maybe", 2, new JsonArray()],
            Shape.Yes => [false, "maybe"],
            Shape.Number number =>
            [
                "many",
                .. number.Least > double.MinValue ? [number.Least - 1] : (JsonNode?[])[],
                .. number.Most < double.MaxValue ? [number.Most + 1] : (JsonNode?[])[],
                .. number.Whole ? [1.5] : (JsonNode?[])[],
            ],
            Shape.Time => ["soon", 5, "10 s", "5w", new JsonObject()],
            Shape.Size => ["huge", "10GB", 0],
            Shape.Portion => ["0%", "101%", "some", 0],
            Shape.Action => ["no/such@1"],
            Shape.Word => ["nonsense", new JsonArray()],
            Shape.Condition => [new JsonObject { ["x"] = 1 }, new JsonArray()],
            Shape.Anything => [],
            Shape.Listed => ["a", 7, new JsonObject { ["c"] = true }],
            Shape.ListOf list =>
            [
                "x",
                .. Wrong(list.Item).Select(item => new JsonArray(item)),
                .. list.Least > 0 ? [new JsonArray()] : (JsonNode?[])[],
            ],
            Shape.MapOf map =>
            [
                "x",
                .. Wrong(map.Value).Select(value => new JsonObject { ["a"] = value }),
                .. map.Least > 0 ? [new JsonObject()] : (JsonNode?[])[],
            ],
            Shape.In => ["x", new JsonObject { ["nonsense"] = 1 }],
            // What none of the choices takes.
            Shape.OneOf { Shapes: [_, Shape.ListOf list] } => Wrong(list.Item)
                .Where(wrong => wrong is not JsonArray)
                .Append(new JsonArray()),
            Shape.OneOf => ["nonsense", new JsonArray()],
            _ => throw new InvalidOperationException(shape.GetType().Name),
        };

    private JsonObject Minimal(Place place)
    {
        var content = new JsonObject();
        foreach (var key in place.Keys.Where(key => key.Required))
            content[key.Name] = Right(key.Shape).First();
        if (place.Kinds is [var kind, ..] && !content.ContainsKey(kind))
            content[kind] = Right(place.Keys.First(key => key.Name == kind).Shape).First();
        return content;
    }

    private static IEnumerable<(Place Place, Func<JsonNode, JsonNode> Wrap)> Within(Shape shape) =>
        shape switch
        {
            Shape.In inner => [(inner.Place, content => content)],
            Shape.ListOf list => Within(list.Item)
                .Select(one => (one.Place, (Func<JsonNode, JsonNode>)(content => new JsonArray(one.Wrap(content))))),
            Shape.MapOf map => Within(map.Value)
                .Select(one => (one.Place, (Func<JsonNode, JsonNode>)(content => new JsonObject { ["a"] = one.Wrap(content) }))),
            Shape.OneOf choice => choice.Shapes.SelectMany(Within),
            _ => [],
        };
}
