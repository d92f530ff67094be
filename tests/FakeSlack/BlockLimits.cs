using System.Text.Json.Nodes;

namespace Tests.FakeSlack;

/// <summary>Slack's limits on texts and counts of blocks and views (docs.slack.dev, reference of Block Kit), which its types do not tell.</summary>
internal static class BlockLimits
{
    private const int InMessage = 50;
    private const int InView = 100;

    /// <returns>What is wrong, as <c>section.text: 3,001 characters, at most 3,000</c>.</returns>
    public static IReadOnlyList<string> OfMessage(JsonArray? blocks) => blocks is null ? [] : [.. OfBlocks(blocks, InMessage)];

    public static IReadOnlyList<string> OfView(JsonObject view)
    {
        var wrong = new List<string>();
        if (view["blocks"] is not JsonArray blocks)
            return ["view.blocks is missing"];
        wrong.AddRange(OfBlocks(blocks, InView));
        if ((string?)view["type"] is "modal")
        {
            wrong.AddRange(Text(view["title"], "view.title", 24));
            wrong.AddRange(Text(view["submit"], "view.submit", 24));
            wrong.AddRange(Text(view["close"], "view.close", 24));
            if (view["title"] is null)
                wrong.Add("view.title is missing");
            if (view["submit"] is null && blocks.Any(block => (string?)block!["type"] is "input"))
                wrong.Add("view.submit is missing while there are inputs");
        }

        wrong.AddRange(Length((string?)view["private_metadata"], "view.private_metadata", 3000));
        wrong.AddRange(Length((string?)view["callback_id"], "view.callback_id", 255));
        return wrong;
    }

    private static IEnumerable<string> OfBlocks(JsonArray blocks, int most)
    {
        if (blocks.Count > most)
            yield return $"{blocks.Count} blocks, at most {most}";
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var actions = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (at, block) in blocks.OfType<JsonObject>().Index())
        {
            if ((string?)block["block_id"] is { } id && !ids.Add(id))
                yield return $"block_id {id} comes twice";
            foreach (var wrong in Length((string?)block["block_id"], "block_id", 255).Concat(OfBlock(block)))
                yield return wrong;
            foreach (var element in Elements(block))
            {
                // Slack wants an action_id once per block; a second one would make clicks ambiguous.
                if ((string?)element["action_id"] is { } action && !actions.Add($"{(string?)block["block_id"] ?? $"block {at}"}/{action}"))
                    yield return $"action_id {action} comes twice";
                foreach (var wrong in OfElement(element))
                    yield return wrong;
            }
        }
    }

    private static IEnumerable<string> OfBlock(JsonObject block)
    {
        switch ((string?)block["type"])
        {
            case "section":
                if (block["text"] is null && block["fields"] is null)
                    yield return "section: neither text nor fields";
                foreach (var wrong in Text(block["text"], "section.text", 3000))
                    yield return wrong;
                if (block["fields"] is JsonArray fields)
                {
                    if (fields.Count is 0 or > 10)
                        yield return $"section.fields: {fields.Count}, from 1 to 10";
                    foreach (var wrong in fields.SelectMany(field => Text(field, "section.fields", 2000)))
                        yield return wrong;
                }

                break;
            case "header":
                foreach (var wrong in Text(block["text"], "header.text", 150))
                    yield return wrong;
                if ((string?)block["text"]?["type"] is not "plain_text")
                    yield return "header.text is no plain_text";
                break;
            case "actions":
                if (Elements(block).Count() is 0 or > 25)
                    yield return $"actions: {Elements(block).Count()} elements, from 1 to 25";
                break;
            case "context":
                if (Elements(block).Count() is 0 or > 10)
                    yield return $"context: {Elements(block).Count()} elements, from 1 to 10";
                foreach (var wrong in Elements(block).SelectMany(text => Text(text, "context", 3000)))
                    yield return wrong;
                break;
            case "input":
                foreach (var wrong in Text(block["label"], "input.label", 2000).Concat(Text(block["hint"], "input.hint", 2000)))
                    yield return wrong;
                if (block["element"] is null)
                    yield return "input.element is missing";
                break;
            case "divider" or "image" or "rich_text" or "file" or "video" or "markdown":
                break;
            default:
                yield return $"unknown block type {(string?)block["type"]}";
                break;
        }
    }

    private static IEnumerable<string> OfElement(JsonObject element)
    {
        foreach (var wrong in Length((string?)element["action_id"], "action_id", 255))
            yield return wrong;
        switch ((string?)element["type"])
        {
            case "button":
                foreach (
                    var wrong in Text(element["text"], "button.text", 75).Concat(Length((string?)element["value"], "button.value", 2000))
                )
                    yield return wrong;
                if ((string?)element["style"] is not (null or "primary" or "danger"))
                    yield return $"button.style {(string?)element["style"]}";
                if (element["confirm"] is { } confirm)
                {
                    foreach (
                        var wrong in Text(confirm["title"], "confirm.title", 100)
                            .Concat(Text(confirm["text"], "confirm.text", 300))
                            .Concat(Text(confirm["confirm"], "confirm.confirm", 30))
                            .Concat(Text(confirm["deny"], "confirm.deny", 30))
                    )
                        yield return wrong;
                }

                break;
            case "static_select" or "multi_static_select" or "radio_buttons" or "checkboxes" or "overflow":
                var options = element["options"]?.AsArray() ?? [];
                var most = (string?)element["type"] switch
                {
                    "overflow" => 5,
                    "radio_buttons" or "checkboxes" => 10,
                    _ => 100,
                };
                if (options.Count == 0 || options.Count > most)
                    yield return $"{(string?)element["type"]}.options: {options.Count}, from 1 to {most}";
                foreach (var option in options)
                {
                    foreach (
                        var wrong in Text(option!["text"], "option.text", 75).Concat(Length((string?)option["value"], "option.value", 150))
                    )
                        yield return wrong;
                }

                foreach (var wrong in Text(element["placeholder"], "placeholder", 150))
                    yield return wrong;
                break;
            case "plain_text_input":
                foreach (var wrong in Text(element["placeholder"], "placeholder", 150))
                    yield return wrong;
                break;
        }
    }

    private static IEnumerable<JsonObject> Elements(JsonObject block) =>
        (block["elements"]?.AsArray() ?? []).Append(block["element"]).Append(block["accessory"]).OfType<JsonObject>();

    private static IEnumerable<string> Text(JsonNode? text, string where, int most)
    {
        if (text is null)
            yield break;
        var said = (string?)text["text"];
        if (string.IsNullOrEmpty(said))
            yield return $"{where} is empty";
        foreach (var wrong in Length(said, where, most))
            yield return wrong;
    }

    private static IEnumerable<string> Length(string? text, string where, int most)
    {
        if (text?.Length > most)
            yield return $"{where}: {text.Length} characters, at most {most}";
    }
}
