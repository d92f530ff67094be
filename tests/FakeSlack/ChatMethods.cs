using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using static Tests.FakeSlack.Methods;

namespace Tests.FakeSlack;

/// <summary><c>chat.*</c>, <c>reactions.*</c>, <c>pins.*</c>.</summary>
internal static class ChatMethods
{
    private const int MostText = 40_000;
    private const int MostPins = 100;

    // Documented nowhere; measured by others (slackapi/bolt-js 2509).
    private const int MostBlocks = 13_200;
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonObject Post(Workspace workspace, Call call)
    {
        var channel = Reachable(workspace, call.Text("channel"));
        if (!channel.Members.Contains(Workspace.BotUserId) && (channel.IsPrivate || !workspace.Scopes.Contains("chat:write.public")))
            throw new SlackError(channel.IsPrivate ? "channel_not_found" : "not_in_channel");
        var (text, blocks) = Content(call);
        if (call.Text("thread_ts") is { } thread && channel.Message(thread) is null)
            throw new SlackError("thread_not_found");
        var message = new SlackMessage(workspace.NewTs(), Workspace.BotUserId)
        {
            Text = text,
            Blocks = blocks,
            Metadata = Metadata(call),
            ThreadTs = call.Text("thread_ts"),
            IsOfApp = true,
            ReadsWords = call.Text("parse") is "full" || call.Flag("link_names"),
        };
        channel.Messages.Add(message);
        workspace.Tell(Events.Message(channel, message));
        return Ok(("channel", channel.Id), ("ts", message.Ts), ("message", message.ToJson(metadata: true)));
    }

    public static JsonObject PostEphemeral(Workspace workspace, Call call)
    {
        var channel = Reachable(workspace, call.Text("channel"));
        if (!channel.Members.Contains(Workspace.BotUserId))
            throw new SlackError("not_in_channel");
        if (call.Text("user") is not { } user || !channel.Members.Contains(user))
            throw new SlackError("user_not_in_channel");
        var (text, blocks) = Content(call);
        workspace.Ephemerals.Add(new Ephemeral(channel.Id, user, text, blocks));
        return Ok(("message_ts", workspace.NewTs()));
    }

    public static JsonObject Update(Workspace workspace, Call call)
    {
        // Only posts take a person for the channel with them (docs.slack.dev, chat.update).
        if (workspace.User(call.Text("channel")) is not null)
            throw new SlackError("channel_not_found");
        var channel = Reachable(workspace, call.Text("channel"));
        var message = channel.Message(call.Text("ts")) ?? throw new SlackError("message_not_found");
        if (!message.IsOfApp)
            throw new SlackError("cant_update_message");
        var (text, blocks) = Content(call);
        var before = message.ToJson(metadata: false);
        message.Text = text;
        message.Blocks = blocks ?? message.Blocks;
        // An edit is read as people type, where it does not say otherwise.
        message.ReadsWords = call.Text("parse") is not "none" || call.Flag("link_names");
        message.Metadata = Metadata(call) ?? message.Metadata;
        message.Edited(workspace.Time.GetUtcNow());
        workspace.Tell(Events.Changed(workspace, channel, message, before));
        return Ok(("channel", channel.Id), ("ts", message.Ts), ("text", text), ("message", message.ToJson(metadata: true)));
    }

    public static JsonObject Delete(Workspace workspace, Call call)
    {
        var channel = Reachable(workspace, call.Text("channel"));
        var message = channel.Message(call.Text("ts")) ?? throw new SlackError("message_not_found");
        if (!message.IsOfApp)
            throw new SlackError("cant_delete_message");
        message.Deleted = true;
        workspace.Tell(Events.Deleted(workspace, channel, message));
        return Ok(("channel", channel.Id), ("ts", message.Ts));
    }

    public static JsonObject Permalink(Workspace workspace, Call call)
    {
        var channel = workspace.Channel(call.Text("channel")) ?? throw new SlackError("channel_not_found");
        var message = channel.Message(call.Text("message_ts")) ?? throw new SlackError("message_not_found");
        return Ok(("channel", channel.Id), ("permalink", Link(channel, message)));
    }

    public static string Link(SlackChannel channel, SlackMessage message) =>
        $"https://fake.slack.test/archives/{channel.Id}/p{message.Ts.Replace(".", "", StringComparison.Ordinal)}";

    public static JsonObject AddReaction(Workspace workspace, Call call)
    {
        var channel = Reachable(workspace, call.Text("channel"));
        var message = channel.Message(call.Text("timestamp")) ?? throw new SlackError("message_not_found");
        var name = call.Text("name") ?? throw new SlackError("invalid_name");
        React(workspace, channel, message, name, Workspace.BotUserId);
        return Ok();
    }

    public static void React(Workspace workspace, SlackChannel channel, SlackMessage message, string name, string user)
    {
        if (!message.Reactions.TryGetValue(name, out var users))
            message.Reactions[name] = users = [];
        if (users.Contains(user))
            throw new SlackError("already_reacted");
        users.Add(user);
        workspace.Tell(Events.Reaction(workspace, channel, message, name, user));
    }

    public static JsonObject AddPin(Workspace workspace, Call call)
    {
        var channel = Reachable(workspace, call.Text("channel"));
        var message = channel.Message(call.Text("timestamp")) ?? throw new SlackError("message_not_found");
        if (channel.Pins.Contains(message.Ts))
            throw new SlackError("already_pinned");
        if (channel.Pins.Count >= MostPins)
            throw new SlackError("permission_denied");
        channel.Pins.Add(message.Ts);
        return Ok();
    }

    public static JsonObject ListPins(Workspace workspace, Call call)
    {
        var channel = Reachable(workspace, call.Text("channel"));
        return Ok(
            (
                "items",
                new JsonArray([
                    .. channel.Pins.Select(ts => new JsonObject
                    {
                        ["type"] = "message",
                        ["message"] = new JsonObject { ["ts"] = ts },
                    }),
                ])
            )
        );
    }

    /// <summary>A channel, or the direct channel of a user's id, that is no archive.</summary>
    private static SlackChannel Reachable(Workspace workspace, string? id)
    {
        var channel = workspace.User(id) is { } user ? workspace.DirectChannel(user.Id) : workspace.Channel(id);
        if (channel is null)
            throw new SlackError("channel_not_found");
        return channel.IsArchived ? throw new SlackError("is_archived")
            : channel.TakesNothing ? throw new SlackError("restricted_action_read_only_channel")
            : channel;
    }

    private static (string Text, JsonArray? Blocks) Content(Call call)
    {
        var text = call.Text("text") ?? "";
        var blocks = call.Json<JsonArray>("blocks");
        if (text.Length == 0 && blocks is null or { Count: 0 } && call.Json<JsonArray>("attachments") is null)
            throw new SlackError("no_text");
        if (text.Length > MostText)
            throw new SlackError("msg_too_long");
        if (blocks?.ToJsonString(Relaxed).Length > MostBlocks)
            throw new SlackError("msg_blocks_too_long");
        var wrong = BlockLimits.OfMessage(blocks);
        return wrong.Count == 0 ? (text, blocks) : throw new SlackError("invalid_blocks", [.. wrong]);
    }

    private static JsonObject? Metadata(Call call)
    {
        var metadata = call.Json<JsonObject>("metadata");
        if (metadata is null)
            return null;
        if ((string?)metadata["event_type"] is not { Length: > 0 } || metadata["event_payload"] is not JsonObject)
            throw new SlackError("invalid_metadata_format");
        return metadata;
    }
}
