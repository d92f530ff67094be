using System.Text.Json.Nodes;

namespace Tests.FakeSlack;

/// <summary>A message with blocks, as people see it.</summary>
internal sealed record Card(SlackChannel Channel, SlackMessage Message)
{
    /// <summary>Everything that can be read on it.</summary>
    public string Text => Message.Text + "\n" + TextOf(Message.Blocks);

    public IReadOnlyList<string> Buttons => [.. Elements("button").Select(button => (string)button["text"]!["text"]!)];

    /// <summary>A menu by what stands on it while nothing is chosen.</summary>
    public JsonObject Menu(string label) =>
        Elements("static_select").FirstOrDefault(menu => (string?)menu["placeholder"]?["text"] == label)
        ?? throw new ShouldAssertException($"There is no menu '{label}'.\n{Text}");

    public JsonObject Button(string label) =>
        Elements("button").FirstOrDefault(button => (string?)button["text"]!["text"] == label)
        ?? throw new ShouldAssertException($"There is no button '{label}', only: {string.Join(", ", Buttons)}\n{Text}");

    public static string TextOf(JsonNode? node) =>
        node switch
        {
            JsonArray many => string.Join('\n', many.Select(TextOf).Where(text => text.Length > 0)),
            JsonObject one => string.Join(
                '\n',
                new[] { (one["text"] as JsonValue)?.GetValue<string>() ?? "" }
                    .Concat(
                        one.Where(field =>
                                field.Key is "text" or "fields" or "elements" or "accessory" or "label" or "hint" or "title" or "blocks"
                            )
                            .Select(field => TextOf(field.Value))
                    )
                    .Where(text => text.Length > 0)
            ),
            _ => "",
        };

    private IEnumerable<JsonObject> Elements(string type) =>
        (Message.Blocks ?? [])
            .OfType<JsonObject>()
            .SelectMany(block =>
                (block["elements"]?.AsArray() ?? [])
                    .Append(block["accessory"])
                    .OfType<JsonObject>()
                    .Where(element => (string?)element["type"] == type)
                    .Select(element =>
                    {
                        var seen = (JsonObject)element.DeepClone();
                        seen["block_id"] = (string?)block["block_id"];
                        return seen;
                    })
            );
}
