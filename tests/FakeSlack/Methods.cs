using System.Text.Json.Nodes;

namespace Tests.FakeSlack;

/// <summary>One method of the Web API.</summary>
/// <param name="PerMinute">Its tier: 1, 20, 50 or 100 calls a minute; some hundreds for a few.</param>
/// <param name="Scope">What the app must have been allowed; null: nothing.</param>
/// <param name="Json">Whether it takes a JSON body; methods that read take forms only.</param>
/// <param name="Run">Under the workspace's lock.</param>
internal sealed record SlackMethod(string Name, int PerMinute, string? Scope, bool Json, Func<Workspace, Call, JsonObject> Run)
{
    /// <summary>For <c>apps.*</c>, which take the app-level token.</summary>
    public bool OfApp => Name is "apps.connections.open";

    /// <summary>The token that it takes.</summary>
    public string Token =>
        OfApp ? Workspace.AppToken
        : Name is "apps.manifest.export" ? Workspace.ConfigToken
        : Workspace.BotToken;

    /// <summary>Posts are limited by channel, not by method.</summary>
    public bool IsPost => Name is "chat.postMessage";
}

/// <summary>Every method that this Slack knows.</summary>
internal static class Methods
{
    private const int Tier1 = 1;
    private const int Tier2 = 20;
    private const int Tier3 = 50;
    private const int Tier4 = 100;
    private const int Hundreds = 600;

    public static IReadOnlyDictionary<string, SlackMethod> All { get; } =
        new SlackMethod[]
        {
            new("api.test", Tier4, null, true, (_, _) => Ok()),
            new("auth.test", Hundreds, null, true, AuthTest),
            new("chat.postMessage", Tier4, "chat:write", true, ChatMethods.Post),
            new("chat.postEphemeral", Tier4, "chat:write", true, ChatMethods.PostEphemeral),
            new("chat.update", Tier3, "chat:write", true, ChatMethods.Update),
            new("chat.delete", Tier3, "chat:write", true, ChatMethods.Delete),
            new("chat.getPermalink", Hundreds, null, false, ChatMethods.Permalink),
            new("reactions.add", Tier3, "reactions:write", true, ChatMethods.AddReaction),
            new("pins.add", Tier2, "pins:write", true, ChatMethods.AddPin),
            new("pins.list", Tier2, "pins:read", false, ChatMethods.ListPins),
            new("bookmarks.add", Tier2, "bookmarks:write", true, ChannelMethods.AddBookmark),
            new("bookmarks.list", Tier3, "bookmarks:read", false, ChannelMethods.ListBookmarks),
            new("conversations.create", Tier2, "channels:manage", true, ChannelMethods.Create),
            new("conversations.rename", Tier2, "channels:manage", true, ChannelMethods.Rename),
            new("conversations.archive", Tier2, "channels:manage", true, ChannelMethods.Archive),
            new("conversations.invite", Tier3, "channels:manage", true, ChannelMethods.Invite),
            new("conversations.setTopic", Tier2, "channels:manage", true, ChannelMethods.SetTopic),
            new("conversations.setPurpose", Tier2, "channels:manage", true, ChannelMethods.SetPurpose),
            new("conversations.join", Tier3, "channels:join", true, ChannelMethods.Join),
            new("conversations.open", Tier3, "im:write", true, ChannelMethods.Open),
            new("conversations.info", Tier3, "channels:read", false, ChannelMethods.Info),
            new("conversations.members", Tier4, "channels:read", false, ChannelMethods.Members),
            new("conversations.list", Tier2, "channels:read", false, ChannelMethods.List),
            new("conversations.replies", Tier3, "channels:history", false, ChannelMethods.Replies),
            new("conversations.history", Tier3, "channels:history", false, ChannelMethods.History),
            new("bots.info", Tier3, "users:read", false, PeopleMethods.Bot),
            new("apps.manifest.export", Tier3, null, true, (workspace, call) => Exported(workspace, call)),
            new("users.info", Tier4, "users:read", false, PeopleMethods.Info),
            new("users.list", Tier2, "users:read", false, PeopleMethods.List),
            new("users.lookupByEmail", Tier3, "users:read.email", false, PeopleMethods.ByEmail),
            new("usergroups.list", Tier2, "usergroups:read", false, PeopleMethods.Groups),
            new("usergroups.users.list", Tier2, "usergroups:read", false, PeopleMethods.GroupUsers),
            new("views.open", Tier4, null, true, ViewMethods.Open),
            new("views.push", Tier4, null, true, ViewMethods.Open),
            new("views.update", Tier4, null, true, ViewMethods.Update),
            new("views.publish", Tier4, null, true, ViewMethods.Publish),
            new("files.getUploadURLExternal", Tier4, "files:write", false, FileMethods.GetAddress),
            new("files.completeUploadExternal", Tier4, "files:write", true, FileMethods.Complete),
            new("apps.connections.open", Tier1 * Tier2, null, true, (_, _) => Ok()),
        }.ToDictionary(method => method.Name);

    public static IEnumerable<string> AllScopes =>
        All
            .Values.Select(method => method.Scope)
            .OfType<string>()
            .Concat([
                "commands",
                "groups:history",
                "groups:read",
                "groups:write",
                "im:history",
                "im:read",
                "reactions:read",
                "app_mentions:read",
                "chat:write.public",
            ])
            .Distinct();

    public static JsonObject Ok(params IEnumerable<(string Name, JsonNode? Value)> fields)
    {
        var answer = new JsonObject { ["ok"] = true };
        foreach (var (name, value) in fields)
            answer[name] = value;
        return answer;
    }

    /// <summary>A page of a list, by <c>limit</c> and <c>cursor</c>; the last one's cursor is empty.</summary>
    public static JsonObject Page(Call call, string name, IReadOnlyList<JsonNode> all)
    {
        var from = 0;
        if (call.Text("cursor") is { Length: > 0 } cursor && !int.TryParse(cursor, out from))
            throw new SlackError("invalid_cursor");
        var limit = Math.Clamp(call.Number("limit", 100), 1, 1000);
        var next = from + limit < all.Count ? (from + limit).ToString(System.Globalization.CultureInfo.InvariantCulture) : "";
        return Ok(
            (name, new JsonArray([.. all.Skip(from).Take(limit)])),
            ("has_more", next.Length > 0),
            ("response_metadata", new JsonObject { ["next_cursor"] = next })
        );
    }

    private static JsonObject Exported(Workspace workspace, Call call) =>
        call.Text("app_id") is not Workspace.AppId ? throw new SlackError("app_not_found")
        : workspace.Manifest is { } manifest ? Ok(("manifest", manifest.DeepClone()))
        : throw new SlackError("failed_export");

    private static JsonObject AuthTest(Workspace workspace, Call call)
    {
        var answer = Ok(
            ("url", "https://fake.slack.test/"),
            ("team", "Fake"),
            ("team_id", Workspace.TeamId),
            ("user", "incident"),
            ("user_id", Workspace.BotUserId),
            ("bot_id", Workspace.BotId),
            ("is_enterprise_install", false)
        );
        if (workspace.IsOfEnterprise)
            answer["enterprise_id"] = Workspace.EnterpriseId;
        return answer;
    }
}
