using System.Collections.Concurrent;
using System.Text.Json;
using Integrations.Slack.Setup;

namespace Integrations.Slack.Inbound;

/// <summary>
/// What has come in from Slack since the start. A bot token may not ask how its app is set up, so a running bot can only tell what
/// it has seen; and that something is missing where Slack must have told of what the bot itself did.
/// </summary>
internal sealed class SlackArrivals
{
    private const string Interactivity = "interactivity";

    // Of several nodes each gets a share of what comes in: so many that one which gets none of them can tell.
    private const int Enough = 30;

    private static readonly string[] Messages = ["message.channels", "message.groups"];

    private static readonly IReadOnlyList<(string Key, string Name)> Needs =
    [
        // Weeks may go by until somebody archives a channel, joins a group or has another name, which proves nothing.
        .. SlackNeeds
            .Events.Where(need => need.Event.Split('_') is not ["channel" or "group" or "subteam" or "user", ..])
            .Select(need => (need.Event, "the event " + need.Event)),
        .. SlackNeeds.Commands.Select(need => (need.Command, need.Command)),
        .. SlackNeeds.Shortcuts.Select(need => (need.CallbackId, $"the shortcut “{need.Name}”")),
        (Interactivity, "a button or form"),
    ];

    private readonly ConcurrentDictionary<string, bool> seen = new(StringComparer.Ordinal);
    private int posted;

    /// <summary>What must be there and has not come in yet: whether the app has it cannot be told. Null: nothing.</summary>
    public string? Unseen
    {
        get
        {
            var missing = Needs.Where(need => !seen.ContainsKey(need.Key)).Select(need => need.Name).ToList();
            return missing.Count == 0
                ? null
                : $"Has not come in since the start, so that it cannot be told whether the app has it: {string.Join(", ", missing)}. Try it once, or give incident slack check a Slack:ConfigToken.";
        }
    }

    /// <summary>Slack tells an app of its own messages too, where it subscribes to any.</summary>
    public string? Trouble =>
        Volatile.Read(ref posted) >= Enough && !Messages.Any(seen.ContainsKey)
            ? $"Of {Enough} messages that the bot posted into channels Slack told it none: the events {string.Join(" and ", Messages)} are not subscribed. Look with: incident slack check"
            : null;

    public void Posted(string channel)
    {
        if (channel is ['C' or 'G', ..] && Volatile.Read(ref posted) < Enough)
            Interlocked.Increment(ref posted);
    }

    public void Command(string command) => seen[command] = true;

    public void Interaction(JsonElement payload) =>
        seen[payload.Text("type") is "shortcut" or "message_action" ? payload.Text("callback_id") ?? "" : Interactivity] = true;

    /// <param name="inner">The event itself.</param>
    public void Event(JsonElement inner) =>
        seen[
            (inner.Text("type"), inner.Text("channel_type")) switch
            {
                ("message", "channel") => Messages[0],
                ("message", "group") => Messages[1],
                var (type, _) => type ?? "",
            }
        ] = true;
}
