using System.Text.Json.Nodes;

namespace Tests.FakeSlack;

/// <summary>Slack's inner events.</summary>
internal static class Events
{
    public static JsonObject Message(SlackChannel channel, SlackMessage message)
    {
        var json = message.ToJson(metadata: false);
        json["channel"] = channel.Id;
        json["channel_type"] = Kind(channel);
        json["event_ts"] = message.Ts;
        return json;
    }

    /// <param name="before">The message as it was.</param>
    public static JsonObject Changed(Workspace workspace, SlackChannel channel, SlackMessage message, JsonObject before)
    {
        var json = Hidden(workspace, channel, "message_changed", "message", message.ToJson(metadata: false));
        json["previous_message"] = before;
        return json;
    }

    /// <summary>Where answers stand under it, a deletion is a change into a stone.</summary>
    /// <param name="tells">With what it said before, as Slack tells it most times.</param>
    public static JsonObject Deleted(Workspace workspace, SlackChannel channel, SlackMessage message, bool tells = true)
    {
        var json = ChannelMethods.IsThere(channel, message)
            ? Hidden(workspace, channel, "message_changed", "message", ChannelMethods.Shown(channel, message, metadata: false))
            : Hidden(workspace, channel, "message_deleted", "deleted_ts", message.Ts);
        if (tells)
            json["previous_message"] = message.ToJson(metadata: false);
        return json;
    }

    /// <param name="what"><c>archive</c>, <c>unarchive</c> or <c>deleted</c>.</param>
    public static JsonObject ChannelIs(Workspace workspace, SlackChannel channel, string what, string user)
    {
        var json = new JsonObject
        {
            ["type"] = (channel.IsPrivate ? "group_" : "channel_") + what,
            ["channel"] = channel.Id,
            ["event_ts"] = workspace.NewTs(),
        };
        // Slack does not say who deleted one.
        if (what is not "deleted")
            json["user"] = user;
        return json;
    }

    public static JsonObject IdChanged(Workspace workspace, SlackChannel old, SlackChannel now) =>
        new()
        {
            ["type"] = "channel_id_changed",
            ["old_channel_id"] = old.Id,
            ["new_channel_id"] = now.Id,
            ["event_ts"] = workspace.NewTs(),
        };

    public static JsonObject Reaction(Workspace workspace, SlackChannel channel, SlackMessage message, string name, string user) =>
        new()
        {
            ["type"] = "reaction_added",
            ["user"] = user,
            ["reaction"] = name,
            ["item_user"] = message.User,
            ["item"] = new JsonObject
            {
                ["type"] = "message",
                ["channel"] = channel.Id,
                ["ts"] = message.Ts,
            },
            ["event_ts"] = workspace.NewTs(),
        };

    public static JsonObject Joined(SlackChannel channel, string user) =>
        new()
        {
            ["type"] = "member_joined_channel",
            ["user"] = user,
            ["channel"] = channel.Id,
            ["channel_type"] = channel.IsPrivate ? "G" : "C",
            ["team"] = Workspace.TeamId,
        };

    public static JsonObject GroupJoined(SlackGroup group, string user) =>
        new()
        {
            ["type"] = "subteam_members_changed",
            ["subteam_id"] = group.Id,
            ["team_id"] = Workspace.TeamId,
            ["added_users"] = new JsonArray(user),
            ["added_users_count"] = 1,
            ["removed_users"] = new JsonArray(),
            ["removed_users_count"] = 0,
        };

    public static JsonObject UserChanged(Workspace workspace, SlackUser user) =>
        new()
        {
            ["type"] = "user_change",
            ["user"] = user.ToJson(),
            ["cache_ts"] = workspace.Time.GetUtcNow().ToUnixTimeSeconds(),
            ["event_ts"] = workspace.NewTs(),
        };

    public static JsonObject HomeOpened(Workspace workspace, SlackUser user) =>
        new()
        {
            ["type"] = "app_home_opened",
            ["user"] = user.Id,
            ["channel"] = workspace.DirectChannel(user.Id).Id,
            ["tab"] = "home",
            ["event_ts"] = workspace.NewTs(),
        };

    private static JsonObject Hidden(Workspace workspace, SlackChannel channel, string subtype, string what, JsonNode value)
    {
        var ts = workspace.NewTs();
        return new JsonObject
        {
            ["type"] = "message",
            ["subtype"] = subtype,
            ["hidden"] = true,
            ["channel"] = channel.Id,
            ["channel_type"] = Kind(channel),
            ["ts"] = ts,
            ["event_ts"] = ts,
            [what] = value,
        };
    }

    private static string Kind(SlackChannel channel) =>
        channel.DirectWith is not null ? "im"
        : channel.IsPrivate ? "group"
        : "channel";
}
