using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tests.FakeSlack;

/// <summary>One call of the Web API as it came in: form or JSON, read alike.</summary>
internal sealed record Call(string Method, string? Token, JsonObject Body, bool IsForm)
{
    public string? Text(string name) =>
        Body[name] switch
        {
            null => null,
            JsonValue value when value.TryGetValue<string>(out var text) => text,
            var other => other.ToJsonString(),
        };

    public bool Flag(string name) => Text(name) is "true" or "1";

    public int Number(string name, int otherwise) =>
        int.TryParse(Text(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    /// <summary>A structured argument: an object or array in JSON, or JSON in a form's text.</summary>
    /// <exception cref="SlackError">It is no JSON.</exception>
    public T? Json<T>(string name)
        where T : JsonNode
    {
        try
        {
            return Body[name] switch
            {
                null => null,
                T node => (T)node.DeepClone(),
                JsonValue value when value.TryGetValue<string>(out var text) && text.Length > 0 => JsonNode.Parse(text) as T
                    ?? throw new SlackError("invalid_arguments"),
                JsonValue => null,
                _ => throw new SlackError("invalid_arguments"),
            };
        }
        catch (JsonException)
        {
            throw new SlackError("invalid_json");
        }
    }
}

/// <summary>A refusal by Slack's own name.</summary>
internal sealed class SlackError(string error, params string[] messages) : Exception(error)
{
    /// <summary>Slack's <c>response_metadata.messages</c>.</summary>
    public IReadOnlyList<string> Messages => messages;

    public string? Needed { get; init; }
}
