using System.Text.Json;
using Integrations.Slack.Inbound;

namespace Integrations.Slack.Setup;

/// <summary>The app as it is set up at Slack, held against what this version needs. Pure.</summary>
internal static class SlackConfigured
{
    /// <param name="manifest">As <c>apps.manifest.export</c> gives it.</param>
    /// <param name="sockets">Slack is to be reached by Socket Mode.</param>
    /// <param name="fix">What mends whatever is missing.</param>
    public static IEnumerable<SetupFinding> Findings(JsonElement manifest, bool sockets, string fix)
    {
        var missing = Missing(manifest, sockets).ToList();
        return missing.Count > 0
            ? missing.Select(what => new SetupFinding(what, fix))
            :
            [
                new SetupFinding(
                    $"All {SlackNeeds.Events.Count} events, {SlackNeeds.Commands.Count} commands and {SlackNeeds.Shortcuts.Count} shortcuts are there, with interactivity and the Home tab",
                    null
                ),
            ];
    }

    private static IEnumerable<string> Missing(JsonElement manifest, bool sockets)
    {
        var events = List(manifest, "settings", "event_subscriptions", "bot_events").Select(one => one.GetString()).ToHashSet();
        foreach (var (name, use) in SlackNeeds.Events.Where(need => !events.Contains(need.Event)))
            yield return $"The event {name} is missing: {use}";
        var commands = List(manifest, "features", "slash_commands").ToList();
        foreach (var (name, _) in SlackNeeds.Commands)
        {
            if (commands.FirstOrDefault(command => Text(command, "command") == name) is not { ValueKind: JsonValueKind.Object } command)
                yield return $"The command {name} is missing";
            else if (!Is(command, "should_escape"))
                yield return $"The command {name} does not escape names: people who are named in it stay unknown";
        }

        var shortcuts = List(manifest, "features", "shortcuts")
            .Select(shortcut => (Text(shortcut, "type"), Text(shortcut, "callback_id")))
            .ToHashSet();
        foreach (var shortcut in SlackNeeds.Shortcuts.Where(need => !shortcuts.Contains((need.Type, need.CallbackId))))
            yield return $"The {shortcut.Type} shortcut “{shortcut.Name}” ({shortcut.CallbackId}) is missing";
        if (!Is(manifest, "settings", "interactivity", "is_enabled"))
            yield return "Interactivity is off: buttons, menus and forms do nothing";
        if (!Is(manifest, "features", "app_home", "home_tab_enabled"))
            yield return "The Home tab is off";
        if (sockets != Is(manifest, "settings", "socket_mode_enabled"))
            yield return sockets
                ? "Socket Mode is off, and Slack:AppToken is set for it"
                : "Socket Mode is on, and Slack:AppToken is not set: nothing comes over HTTP";
        if (sockets)
            yield break;
        var addresses = commands
            .Select(command => ("the command " + Text(command, "command"), Text(command, "url")))
            .Append(("events", Text(manifest, "settings", "event_subscriptions", "request_url")))
            .Append(("interactivity", Text(manifest, "settings", "interactivity", "request_url")));
        foreach (var (what, address) in addresses)
        {
            if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || !SlackDoor.Doors.Contains(url.AbsolutePath))
                yield return $"The address for {what} is '{address}'; this bot answers at {string.Join(", ", SlackDoor.Doors)}";
        }
    }

    private static JsonElement At(JsonElement json, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (json.ValueKind is not JsonValueKind.Object || !json.TryGetProperty(name, out json))
                return default;
        }

        return json;
    }

    private static IEnumerable<JsonElement> List(JsonElement json, params ReadOnlySpan<string> path) =>
        At(json, path) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : Enumerable.Empty<JsonElement>();

    private static string? Text(JsonElement json, params ReadOnlySpan<string> path) =>
        At(json, path) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static bool Is(JsonElement json, params ReadOnlySpan<string> path) => At(json, path).ValueKind is JsonValueKind.True;
}
