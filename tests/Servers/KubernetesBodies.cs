using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Tests.Support;

namespace Tests.Servers;

/// <summary>
/// Judges the bodies of requests by the objects that a real API server (1.20) describes at <c>/openapi/v2</c>: it knows each field, and each value has
/// its type. A patch may leave anything out, and take anything away (RFC 7386, RFC 6902, the strategic merge patch of Kubernetes).
/// </summary>
internal static class KubernetesBodies
{
    private static readonly EvaluationOptions Strict = new() { OutputFormat = OutputFormat.List };
    private static readonly JsonObject Known = JsonNode.Parse(Payload.Read("kubernetes/bodies.json"))!.AsObject();

    // By the path's template and the method.
    private static readonly Dictionary<(string, string), JsonSchema> Schemas = (
        from path in Known["bodies"]!.AsObject()
        from method in path.Value!.AsObject()
        select ((path.Key, method.Key), method.Value!.GetValue<string>())
    ).ToDictionary(one => one.Item1, one => Schema(one.Item2));

    /// <returns>All that is wrong with a body; null stands for none.</returns>
    public static IEnumerable<string> Problems(string template, string method, JsonNode? body)
    {
        if (!Schemas.TryGetValue((template, method), out var schema))
            return body is null ? [] : ["a body, and there is none"];
        // It deletes without one as well.
        if (body is null)
            return method is "delete" ? [] : ["the body is missing"];
        return body is JsonArray steps ? steps.SelectMany(step => OfStep(schema, step!)) : Of(schema, body);
    }

    private static JsonSchema Schema(string definition) =>
        JsonSchema.FromText(new JsonObject { ["$ref"] = $"#/$defs/{definition}", ["$defs"] = Known["$defs"]!.DeepClone() }.ToJsonString());

    // What a step of a JSON patch would set is judged where it would stand.
    private static IEnumerable<string> OfStep(JsonSchema schema, JsonNode step)
    {
        if (step["op"]?.GetValue<string>() is not ("add" or "replace" or "test" or "remove"))
            return [$"no operation '{step["op"]}'"];
        var keys = step["path"]!.GetValue<string>().Split('/')[1..];
        var value = step["value"]?.DeepClone();
        foreach (var key in keys.Reverse())
        {
            value =
                key is "-" || int.TryParse(key, out _)
                    ? new JsonArray(value)
                    : new JsonObject
                    {
                        [key.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)] = value,
                    };
        }

        return Of(schema, value!);
    }

    private static IEnumerable<string> Of(JsonSchema schema, JsonNode body)
    {
        using var sent = JsonSerializer.SerializeToDocument(Meant(body));
        var result = schema.Evaluate(sent.RootElement, Strict);
        return result.IsValid
            ? []
            :
            [
                .. from detail in result.Details ?? []
                from error in detail.Errors ?? new Dictionary<string, string>()
                select $"{detail.InstanceLocation} {error.Value}",
            ];
    }

    // Null takes a field away; what begins with '$' says how a list is merged.
    private static JsonNode? Meant(JsonNode? node) =>
        node switch
        {
            JsonObject one => new JsonObject(
                one.Where(entry => entry.Value is not null && !entry.Key.StartsWith('$'))
                    .Select(entry => KeyValuePair.Create(entry.Key, Meant(entry.Value)))
            ),
            JsonArray list => new JsonArray([.. list.Select(Meant)]),
            _ => node?.DeepClone(),
        };
}
