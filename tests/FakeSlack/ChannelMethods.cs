using System.Globalization;
using System.Text.Json.Nodes;
using static Tests.FakeSlack.Methods;

namespace Tests.FakeSlack;

/// <summary><c>conversations.*</c> and <c>bookmarks.*</c>.</summary>
internal static class ChannelMethods
{
    private const int MostTopic = 250;
    private const int MostInvited = 100;
    private const int MostBookmarks = 100;

    public static JsonObject Create(Workspace workspace, Call call)
    {
        var name = FreeName(workspace, call);
        var channel = workspace.AddChannel(name, call.Flag("is_private"), Workspace.BotUserId);
        workspace.Tell(
            new JsonObject
            {
                ["type"] = "channel_created",
                ["channel"] = new JsonObject { ["id"] = channel.Id, ["name"] = name },
            }
        );
        return Ok(("channel", channel.ToJson()));
    }

    public static JsonObject Rename(Workspace workspace, Call call)
    {
        var channel = Mine(workspace, call);
        channel.Name = FreeName(workspace, call);
        return Ok(("channel", channel.ToJson()));
    }

    public static JsonObject Archive(Workspace workspace, Call call)
    {
        var channel = Mine(workspace, call);
        channel.IsArchived = true;
        workspace.Tell(Events.ChannelIs(workspace, channel, "archive", Workspace.BotUserId));
        return Ok();
    }

    public static JsonObject Invite(Workspace workspace, Call call)
    {
        var channel = Mine(workspace, call);
        var users = (call.Text("users") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (users.Length == 0)
            throw new SlackError("no_user");
        if (users.Length > MostInvited)
            throw new SlackError("too_many_users");
        if (users.Contains(Workspace.BotUserId))
            throw new SlackError("cant_invite_self");
        if (users.Any(user => workspace.User(user) is null))
            throw new SlackError("user_not_found");
        if (users.All(channel.Members.Contains))
            throw new SlackError("already_in_channel");
        foreach (var user in users.Where(channel.Members.Add))
            workspace.Tell(Events.Joined(channel, user));
        return Ok(("channel", channel.ToJson()));
    }

    public static JsonObject SetTopic(Workspace workspace, Call call)
    {
        var channel = Mine(workspace, call);
        var topic = call.Text("topic") ?? throw new SlackError("invalid_arguments");
        channel.Topic = topic.Length <= MostTopic ? topic : throw new SlackError("too_long");
        return Ok(("channel", channel.ToJson()));
    }

    public static JsonObject SetPurpose(Workspace workspace, Call call)
    {
        var channel = Mine(workspace, call);
        var purpose = call.Text("purpose") ?? throw new SlackError("invalid_arguments");
        channel.Purpose = purpose.Length <= MostTopic ? purpose : throw new SlackError("too_long");
        return Ok(("purpose", channel.Purpose));
    }

    public static JsonObject Join(Workspace workspace, Call call)
    {
        var channel = workspace.Channel(call.Text("channel")) ?? throw new SlackError("channel_not_found");
        if (channel.IsPrivate)
            throw new SlackError("method_not_supported_for_channel_type");
        if (channel.IsArchived)
            throw new SlackError("is_archived");
        channel.Members.Add(Workspace.BotUserId);
        return Ok(("channel", channel.ToJson()));
    }

    public static JsonObject Open(Workspace workspace, Call call)
    {
        if (workspace.User(call.Text("users")) is not { } user)
            throw new SlackError("user_not_found");
        return Ok(("channel", new JsonObject { ["id"] = workspace.DirectChannel(user.Id).Id }));
    }

    public static JsonObject Info(Workspace workspace, Call call) => Ok(("channel", Visible(workspace, call).ToJson()));

    public static JsonObject Members(Workspace workspace, Call call) =>
        Page(call, "members", [.. Visible(workspace, call).Members.Order(StringComparer.Ordinal).Select(id => (JsonNode)id)]);

    public static JsonObject List(Workspace workspace, Call call)
    {
        var types = (call.Text("types") ?? "public_channel").Split(',', StringSplitOptions.TrimEntries);
        return Page(
            call,
            "channels",
            [
                .. workspace
                    .Channels.Where(channel =>
                        types.Contains(
                            channel.DirectWith is not null ? "im"
                            : channel.IsPrivate ? "private_channel"
                            : "public_channel"
                        )
                    )
                    .Where(channel => !channel.IsPrivate || channel.Members.Contains(Workspace.BotUserId))
                    .Where(channel => !call.Flag("exclude_archived") || !channel.IsArchived)
                    .Select(channel => channel.ToJson()),
            ]
        );
    }

    public static JsonObject History(Workspace workspace, Call call)
    {
        var channel = Visible(workspace, call);
        if (!channel.Members.Contains(Workspace.BotUserId))
            throw new SlackError("not_in_channel");
        var oldest = Ts(call, "oldest", "invalid_ts_oldest", 0);
        var latest = Ts(call, "latest", "invalid_ts_latest", decimal.MaxValue);
        var inclusive = call.Flag("inclusive");
        return Page(
            call,
            "messages",
            [
                .. channel
                    .Messages.Where(message => IsThere(channel, message) && (message.ThreadTs is null || message.ThreadTs == message.Ts))
                    .Where(message =>
                        decimal.Parse(message.Ts, CultureInfo.InvariantCulture) is var ts
                        && (inclusive ? ts >= oldest && ts <= latest : ts > oldest && ts < latest)
                    )
                    .Reverse()
                    .Select(message => Shown(channel, message, call.Flag("include_all_metadata"))),
            ]
        );
    }

    /// <summary>A thread by its parent or any answer in it; a message without one is a thread of its own.</summary>
    public static JsonObject Replies(Workspace workspace, Call call)
    {
        var channel = Visible(workspace, call);
        if (!channel.Members.Contains(Workspace.BotUserId))
            throw new SlackError("not_in_channel");
        var named =
            channel.Messages.Find(message => message.Ts == call.Text("ts") && IsThere(channel, message))
            ?? throw new SlackError("thread_not_found");
        var parent = named.ThreadTs ?? named.Ts;
        var oldest = Ts(call, "oldest", "invalid_ts_oldest", 0);
        var latest = Ts(call, "latest", "invalid_ts_latest", decimal.MaxValue);
        return Page(
            call,
            "messages",
            [
                .. channel
                    .Messages.Where(message => IsThere(channel, message) && (message.Ts == parent || message.ThreadTs == parent))
                    .Where(message =>
                        message.Ts == parent
                        || (decimal.Parse(message.Ts, CultureInfo.InvariantCulture) is var ts && ts >= oldest && ts <= latest)
                    )
                    .Select(message => Shown(channel, message, call.Flag("include_all_metadata"))),
            ]
        );
    }

    // What was deleted leaves a stone where answers to it stand.
    public static bool IsThere(SlackChannel channel, SlackMessage message) => !message.Deleted || Answers(channel, message).Any();

    private static IEnumerable<SlackMessage> Answers(SlackChannel channel, SlackMessage message) =>
        channel.Messages.Where(answer => !answer.Deleted && answer.ThreadTs == message.Ts && answer.Ts != message.Ts);

    public static JsonObject Shown(SlackChannel channel, SlackMessage message, bool metadata)
    {
        var json = message.Deleted
            ? new JsonObject
            {
                ["type"] = "message",
                ["subtype"] = "tombstone",
                ["user"] = "USLACKBOT",
                ["text"] = "This message was deleted.",
                ["ts"] = message.Ts,
                ["hidden"] = true,
            }
            : message.ToJson(metadata);
        if (Answers(channel, message).ToList() is { Count: > 0 } answers)
        {
            json["thread_ts"] = message.Ts;
            json["reply_count"] = answers.Count;
            json["latest_reply"] = answers[^1].Ts;
        }

        return json;
    }

    public static JsonObject AddBookmark(Workspace workspace, Call call)
    {
        var channel = workspace.Channel(call.Text("channel_id")) ?? throw new SlackError("channel_not_found");
        if (call.Text("title") is not { Length: > 0 } title || call.Text("type") is not "link")
            throw new SlackError("invalid_arguments");
        if (!Uri.TryCreate(call.Text("link"), UriKind.Absolute, out var link))
            throw new SlackError("invalid_link");
        if (channel.Bookmarks.Count >= MostBookmarks)
            throw new SlackError("too_many_bookmarks");
        var bookmark = new JsonObject
        {
            ["id"] = workspace.NewId("Bk"),
            ["channel_id"] = channel.Id,
            ["title"] = title,
            ["link"] = link.ToString(),
            ["type"] = "link",
        };
        channel.Bookmarks.Add(bookmark);
        return Ok(("bookmark", bookmark.DeepClone()));
    }

    public static JsonObject ListBookmarks(Workspace workspace, Call call)
    {
        var channel = workspace.Channel(call.Text("channel_id")) ?? throw new SlackError("channel_not_found");
        return Ok(("bookmarks", new JsonArray([.. channel.Bookmarks.Select(bookmark => bookmark.DeepClone())])));
    }

    private static SlackChannel Visible(Workspace workspace, Call call)
    {
        var channel = workspace.Channel(call.Text("channel"));
        // A private channel that the app is not in does not exist for it.
        return channel is null || (channel.IsPrivate && !channel.Members.Contains(Workspace.BotUserId))
            ? throw new SlackError("channel_not_found")
            : channel;
    }

    private static SlackChannel Mine(Workspace workspace, Call call)
    {
        var channel = Visible(workspace, call);
        if (channel.IsArchived)
            throw new SlackError("is_archived");
        return channel.Members.Contains(Workspace.BotUserId) ? channel : throw new SlackError("not_in_channel");
    }

    private static string FreeName(Workspace workspace, Call call)
    {
        var name = call.Text("name");
        if (NameRules.Problem(name) is { } problem)
            throw new SlackError(problem);
        // An archived channel keeps its name.
        return workspace.Channels.Exists(channel => channel.Name == name) ? throw new SlackError("name_taken") : name!;
    }

    private static decimal Ts(Call call, string name, string error, decimal otherwise) =>
        call.Text(name) is not { Length: > 0 } text ? otherwise
        : decimal.TryParse(text, CultureInfo.InvariantCulture, out var ts) ? ts
        : throw new SlackError(error);
}
