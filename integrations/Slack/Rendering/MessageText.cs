using System.Text.Json;
using Integrations.Slack.Api;
using Integrations.Slack.Inbound;

namespace Integrations.Slack.Rendering;

/// <summary>
/// What a message says. Of a person it is its text; apps often leave that empty and say all in blocks or in the older attachments
/// (docs.slack.dev, block kit and legacy attachments), of which any part may be missing.
/// </summary>
internal static class MessageText
{
    // Slack's own words for where it shows blocks and has no text.
    private const string Undisplayed = "This content can't be displayed.";
    private const int MostDeep = 8;
    private const int Most = 3_000;

    /// <summary>As Slack writes it, with its signs for names and links.</summary>
    public static string Of(HistoryMessage message)
    {
        if (!string.IsNullOrWhiteSpace(message.Text) && message.Text != Undisplayed)
            return message.Text;
        var said = Lines([OfBlocks(message.Blocks), .. Each(message.Attachments).Select(OfAttachment)]);
        return said.Length > 0 ? SlackText.CutMarkup(said, Most) : message.Text;
    }

    private static string OfAttachment(JsonElement attachment)
    {
        var said = Lines([
            attachment.Text("pretext"),
            attachment.Text("title"),
            attachment.Text("text"),
            .. Each(attachment, "fields").Select(field => Lines([field.Text("title"), field.Text("value")], ": ")),
            OfBlocks(attachment.TryGetProperty("blocks", out var blocks) ? blocks : null),
        ]);
        return said.Length > 0 ? said : attachment.Text("fallback") ?? "";
    }

    private static string OfBlocks(JsonElement? blocks) => Lines(Each(blocks).Select(block => OfElement(block, 0)));

    private static string OfElement(JsonElement element, int depth)
    {
        if (depth > MostDeep)
            return "";
        switch (element.Text("type"))
        {
            case "mrkdwn" or "plain_text":
                return element.Text("text") ?? "";
            case "text":
                return SlackText.Escape(element.Text("text") ?? "");
            case "link":
                return $"<{element.Text("url")}>";
            case "user":
                return $"<@{element.Text("user_id")}>";
            case "channel":
                return $"<#{element.Text("channel_id")}>";
            case "usergroup":
                return $"<!subteam^{element.Text("usergroup_id")}>";
            case "broadcast":
                return $"<!{element.Text("range")}>";
            case "emoji":
                return $":{element.Text("name")}:";
            case "date":
                return SlackText.Escape(element.Text("fallback") ?? "");
            case "image":
                return element.Text("alt_text") ?? "";
            // Its parts are one line; those of every other one stand below each other.
            case "rich_text_section" or "rich_text_preformatted" or "rich_text_quote":
                return string.Concat(Each(element, "elements").Select(part => OfElement(part, depth + 1)));
            case "section" or "header" or "context" or "rich_text" or "rich_text_list":
                return Lines([
                    element.TryGetProperty("text", out var text) ? OfElement(text, depth + 1) : null,
                    .. Each(element, "fields").Concat(Each(element, "elements")).Select(part => OfElement(part, depth + 1)),
                ]);
            // Buttons, menus, dividers and what later versions of Slack may send say nothing of their own.
            default:
                return "";
        }
    }

    private static IEnumerable<JsonElement> Each(JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var list) ? Each(list) : [];

    private static IEnumerable<JsonElement> Each(JsonElement? list) =>
        list is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray().Where(one => one.ValueKind is JsonValueKind.Object) : [];

    private static string Lines(IEnumerable<string?> parts, string between = "\n") =>
        string.Join(between, parts.Where(part => !string.IsNullOrWhiteSpace(part)));
}
