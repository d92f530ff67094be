using System.Globalization;
using System.Text.Json.Nodes;

namespace Tests.FakeSlack;

/// <summary>
/// The state of a pretended Slack workspace: what Slack itself would keep. Everything is reached under <see cref="Gate"/>;
/// what happens in it is told to <see cref="Happened"/> as Slack's inner events.
/// </summary>
internal sealed class Workspace(TimeProvider time)
{
    public const string TeamId = "T0FAKE0001";

    /// <summary>Another company's, with which channels are shared.</summary>
    public const string OtherTeamId = "T0FAKE0002";

    /// <summary>The organization, once the workspace is one of an Enterprise Grid.</summary>
    public const string EnterpriseId = "E0FAKE0001";
    public const string AppId = "A0FAKE0001";
    public const string BotId = "B0FAKE0001";
    public const string BotUserId = "U0FAKEBOT1";
    public const string BotToken = "xoxb-fake-bot-token";
    public const string AppToken = "xapp-1-fake-app-token";
    public const string ConfigToken = "xoxe.xoxp-fake-config-token";
    public const string SigningSecret = "fake-signing-secret";

    private long lastTs;
    private int lastId;

    public Lock Gate { get; } = new();
    public TimeProvider Time => time;
    public List<SlackUser> Users { get; } = [];
    public List<SlackGroup> Groups { get; } = [];
    public List<SlackChannel> Channels { get; } = [];
    public List<SlackFile> Files { get; } = [];
    public List<SlackView> Views { get; } = [];
    public Dictionary<string, JsonObject> Homes { get; } = [];
    public List<Ephemeral> Ephemerals { get; } = [];
    public Dictionary<string, Trigger> Triggers { get; } = [];

    /// <summary>How long a trigger can open something.</summary>
    public TimeSpan TriggerLife { get; set; } = TimeSpan.FromSeconds(3);
    public Dictionary<string, ResponseAddress> ResponseAddresses { get; } = [];

    /// <summary>What the app was allowed at its installation; a method that needs more answers <c>missing_scope</c>.</summary>
    public HashSet<string> Scopes { get; } = [.. Methods.AllScopes];

    /// <summary>Whether the workspace is one of an Enterprise Grid.</summary>
    public bool IsOfEnterprise { get; set; }

    /// <summary>How the app is set up, as its manifest says; null: with everything.</summary>
    public JsonObject? Manifest { get; set; }

    /// <summary>An inner event, for everybody who subscribes.</summary>
    public Action<JsonObject> Happened { get; set; } = _ => { };

    public string NewId(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}0FAKE{++lastId + 10_000}");

    /// <summary>A message's id: seconds with microseconds, never twice.</summary>
    public string NewTs()
    {
        var micros = (time.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / 10;
        lastTs = Math.Max(micros, lastTs + 1);
        return string.Create(CultureInfo.InvariantCulture, $"{lastTs / 1_000_000}.{lastTs % 1_000_000:D6}");
    }

    public SlackUser? User(string? id) => Users.Find(user => user.Id == id);

    public SlackChannel? Channel(string? id) => Channels.Find(channel => channel.Id == id);

    public SlackChannel AddChannel(string name, bool isPrivate, string creator)
    {
        var channel = new SlackChannel(NewId("C"), name, isPrivate, creator, time.GetUtcNow());
        channel.Members.Add(creator);
        Channels.Add(channel);
        return channel;
    }

    /// <summary>The direct channel between the app and a user.</summary>
    public SlackChannel DirectChannel(string user)
    {
        var known = Channels.Find(channel => channel.DirectWith == user);
        if (known is not null)
            return known;
        var channel = new SlackChannel(NewId("D"), "", true, BotUserId, time.GetUtcNow()) { DirectWith = user };
        channel.Members.UnionWith([BotUserId, user]);
        Channels.Add(channel);
        return channel;
    }

    public string NewTrigger(string user)
    {
        var id = $"{lastId++}.{TeamId}.{Guid32()}";
        Triggers[id] = new Trigger(user, time.GetUtcNow());
        return id;
    }

    public void Tell(JsonObject inner) => Happened(inner);

    private string Guid32() => (lastTs + ++lastId).ToString("x32", CultureInfo.InvariantCulture);
}

internal sealed record SlackUser(string Id, string Name, string Email)
{
    public string RealName { get; init; } = Name;
    public bool IsAdmin { get; init; }
    public bool IsRestricted { get; init; }

    /// <summary>Deactivated, or removed from the workspace.</summary>
    public bool IsDeleted { get; init; }
    public bool IsBot { get; init; }

    /// <summary>The workspace that they belong to.</summary>
    public string TeamId { get; init; } = Workspace.TeamId;

    /// <summary>The organization of an Enterprise Grid that theirs belongs to; null: it is none.</summary>
    public string? EnterpriseId { get; init; }

    public JsonObject ToJson()
    {
        var json = Everybody();
        if (EnterpriseId is not null)
            json["enterprise_user"] = new JsonObject
            {
                ["id"] = "W" + Id[1..],
                ["enterprise_id"] = EnterpriseId,
                ["enterprise_name"] = "Grid",
                ["is_admin"] = false,
                ["is_owner"] = false,
                ["teams"] = new JsonArray(TeamId),
            };
        // Of people from elsewhere only: whoever is in a channel that the app sees is none.
        if (TeamId != Workspace.TeamId)
            json["is_stranger"] = false;
        return json;
    }

    private JsonObject Everybody() =>
        new()
        {
            ["id"] = Id,
            ["team_id"] = TeamId,
            ["name"] = Name,
            ["real_name"] = RealName,
            ["deleted"] = IsDeleted,
            ["tz"] = "Etc/UTC",
            ["profile"] = new JsonObject
            {
                ["display_name"] = Name,
                ["real_name"] = RealName,
                ["email"] = Email,
            },
            ["is_admin"] = IsAdmin,
            ["is_owner"] = false,
            ["is_restricted"] = IsRestricted,
            ["is_ultra_restricted"] = false,
            ["is_bot"] = IsBot,
        };
}

internal sealed record SlackGroup(string Id, string Handle, List<string> Members)
{
    public JsonObject ToJson() =>
        new()
        {
            ["id"] = Id,
            ["team_id"] = Workspace.TeamId,
            ["is_usergroup"] = true,
            ["handle"] = Handle,
            ["name"] = Handle,
            ["date_delete"] = 0,
            ["user_count"] = Members.Count,
        };
}

internal sealed record SlackChannel(string Id, string FirstName, bool IsPrivate, string Creator, DateTimeOffset Created)
{
    public string Name { get; set; } = FirstName;
    public bool IsPrivate { get; set; } = IsPrivate;
    public string Topic { get; set; } = "";
    public string Purpose { get; set; } = "";
    public bool IsArchived { get; set; }

    /// <summary>Read-only: the workspace lets only some people post in it.</summary>
    public bool TakesNothing { get; set; }
    public string? DirectWith { get; init; }
    public HashSet<string> Members { get; } = [];
    public List<SlackMessage> Messages { get; } = [];
    public List<string> Pins { get; } = [];
    public List<JsonObject> Bookmarks { get; } = [];

    public SlackMessage? Message(string? ts) => Messages.Find(message => message.Ts == ts && !message.Deleted);

    public JsonObject ToJson() =>
        new()
        {
            ["id"] = Id,
            ["name"] = Name,
            ["is_channel"] = !IsPrivate,
            ["is_group"] = IsPrivate && DirectWith is null,
            ["is_im"] = DirectWith is not null,
            ["is_private"] = IsPrivate,
            ["is_archived"] = IsArchived,
            ["is_member"] = Members.Contains(Workspace.BotUserId),
            ["creator"] = Creator,
            ["created"] = Created.ToUnixTimeSeconds(),
            ["num_members"] = Members.Count,
            ["topic"] = new JsonObject { ["value"] = Topic },
            ["purpose"] = new JsonObject { ["value"] = Purpose },
        };
}

/// <param name="User">Who wrote it; the app's own user for what the app posted.</param>
internal sealed record SlackMessage(string Ts, string User)
{
    public string Text { get; set; } = "";
    public JsonArray? Blocks { get; set; }
    public JsonObject? Metadata { get; set; }
    public JsonArray? Attachments { get; set; }
    public string? ThreadTs { get; init; }
    public bool IsOfApp { get; init; }

    /// <summary>What another app calls itself, whose message has no user; null: it is not another app's.</summary>
    public string? Username { get; init; }

    /// <summary>Parts that only some messages have, or as no documentation has them, in place of its own.</summary>
    public JsonObject? Odd { get; set; }

    /// <summary>Whether Slack looks for names in plain words, as in what people type.</summary>
    public bool ReadsWords { get; set; }
    public bool Deleted { get; set; }
    public int Edits { get; private set; }

    /// <summary>When it was edited last, in whole seconds as Slack has it.</summary>
    public string? EditedTs { get; private set; }
    public List<string> FileIds { get; } = [];
    public Dictionary<string, List<string>> Reactions { get; } = [];

    public void Edited(DateTimeOffset at)
    {
        Edits++;
        EditedTs = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) + ".000000";
    }

    public JsonObject ToJson(bool metadata)
    {
        var json = new JsonObject
        {
            ["type"] = "message",
            ["ts"] = Ts,
            ["user"] = User,
            ["text"] = Text,
        };
        if (IsOfApp)
        {
            json["bot_id"] = Workspace.BotId;
            json["app_id"] = Workspace.AppId;
        }

        if (Username is not null)
        {
            json.Remove("user");
            json["subtype"] = "bot_message";
            json["bot_id"] = "B0FAKE0009";
            json["username"] = Username;
        }

        if (Blocks is not null)
            json["blocks"] = Blocks.DeepClone();
        if (Attachments is not null)
            json["attachments"] = Attachments.DeepClone();
        if (ThreadTs is not null)
            json["thread_ts"] = ThreadTs;
        if (metadata && Metadata is not null)
            json["metadata"] = Metadata.DeepClone();
        if (EditedTs is not null)
            json["edited"] = new JsonObject { ["user"] = User, ["ts"] = EditedTs };
        if (Reactions.Count > 0)
            json["reactions"] = new JsonArray([
                .. Reactions.Select(reaction => new JsonObject
                {
                    ["name"] = reaction.Key,
                    ["users"] = new JsonArray([.. reaction.Value.Select(user => (JsonNode)user)]),
                    ["count"] = reaction.Value.Count,
                }),
            ]);
        if (FileIds.Count > 0)
            json["files"] = new JsonArray([.. FileIds.Select(id => new JsonObject { ["id"] = id, ["name"] = id + ".png" })]);
        foreach (var (name, value) in Odd ?? [])
            json[name] = value?.DeepClone();
        return json;
    }
}

internal sealed record SlackFile(string Id, string Name, int Length)
{
    public byte[]? Content { get; set; }
    public string? Channel { get; set; }
    public string? Title { get; set; }
}

internal sealed record SlackView(string Id, string User, JsonObject View)
{
    public bool IsOpen { get; set; } = true;
    public string Hash { get; set; } = "1";
    public JsonObject View { get; set; } = View;
}

/// <summary>What only one user sees, and which nothing can be asked about later.</summary>
internal sealed record Ephemeral(string Channel, string User, string Text, JsonArray? Blocks);

internal sealed record Trigger(string User, DateTimeOffset At)
{
    public bool Used { get; set; }
}

internal sealed record ResponseAddress(string Channel, string User, string? MessageTs, DateTimeOffset At)
{
    public int Uses { get; set; }
}
