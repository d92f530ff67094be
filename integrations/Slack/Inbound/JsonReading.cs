using System.Text.Json;
using Integrations.Slack.Api;

namespace Integrations.Slack.Inbound;

/// <summary>What Slack sent cannot be read: a part without which it means nothing is missing, null, or of another kind.</summary>
internal sealed class UnreadableException(string message, Exception? inner = null) : Exception(message, inner)
{
    public static UnreadableException Missing(string name) => new($"{name} is missing");
}

/// <summary>Reads JSON of which any part may be missing, null or of another kind than the documentation says.</summary>
internal static class JsonReading
{
    /// <summary>A text field; null where there is none.</summary>
    /// <exception cref="UnreadableException">It is no Unicode.</exception>
    public static string? Text(this JsonElement element, string name)
    {
        if (element.Part(name) is not { ValueKind: JsonValueKind.String } value)
            return null;
        try
        {
            return value.GetString();
        }
        // Half of a character, written as an escape.
        catch (InvalidOperationException e)
        {
            throw new UnreadableException($"{name} is no Unicode", e);
        }
    }

    /// <summary>A text field without which the rest means nothing.</summary>
    /// <exception cref="UnreadableException">There is none, or it is empty.</exception>
    public static string Needed(this JsonElement element, string name) =>
        element.Text(name) is { Length: > 0 } value ? value : throw UnreadableException.Missing(name);

    /// <summary>A field of any kind; undefined where there is none.</summary>
    public static JsonElement Part(this JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    /// <exception cref="UnreadableException">It is no message: it has no id, or a part is of another kind.</exception>
    public static HistoryMessage Message(this JsonElement element) =>
        element.Read<HistoryMessage>("message") is { Ts.Length: > 0 } message
            ? message
            : throw UnreadableException.Missing("the message, or its ts,");

    /// <exception cref="UnreadableException">It is nobody: it has no id, or a part is of another kind.</exception>
    public static SlackUser User(this JsonElement element) =>
        element.Read<SlackUser>("user") is { Id.Length: > 0 } user ? user : throw UnreadableException.Missing("the user, or their id,");

    private static T? Read<T>(this JsonElement element, string what)
        where T : class
    {
        try
        {
            return element.ValueKind is JsonValueKind.Object ? element.Deserialize<T>(SlackJson.Options) : null;
        }
        catch (JsonException e)
        {
            throw new UnreadableException($"{e.Path} of the {what} is of another kind", e);
        }
    }
}
