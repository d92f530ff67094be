using Integrations.Slack.Inbound;

namespace Integrations.Slack.Setup;

/// <summary>What this version needs of its Slack app: the manifest is made from it, and the installed app is held against it.</summary>
internal static class SlackNeeds
{
    /// <summary>Scopes of the bot, each with what it is for.</summary>
    public static IReadOnlyList<(string Scope, string For)> Scopes { get; } =
    [
        ("commands", "the commands /incident and /inc, and the shortcuts"),
        ("chat:write", "cards and lines in channels (chat.postMessage, chat.update)"),
        ("chat:write.public", "announcements in public channels that it is no member of"),
        ("channels:manage", "making incident channels, inviting, topics"),
        ("channels:read", "finding a channel whose making was not answered"),
        ("channels:join", "joining a channel that is made an incident's"),
        ("channels:history", "messages on the timeline, and looking up lost posts"),
        ("groups:write", "channels of private incidents"),
        ("groups:read", "finding a private channel again"),
        ("groups:history", "messages of private incidents' channels"),
        ("im:write", "calling people directly"),
        ("im:history", "looking up lost direct messages"),
        ("reactions:read", "the reaction that puts a message on the timeline"),
        ("pins:write", "pinning the summary"),
        ("bookmarks:read", "not adding a bookmark twice"),
        ("bookmarks:write", "the bookmark of the incident's page"),
        ("files:write", "graphs in channels (files.getUploadURLExternal)"),
        ("users:read", "who people are"),
        ("users:read.email", "knowing people who were invited by e-mail address"),
        ("usergroups:read", "user groups: whom to call, who may approve"),
    ];

    private const string ArchivedChannel = "another channel at once where somebody archives that of an open incident";
    private const string DeletedChannel = "another channel at once where somebody deletes that of an open incident";

    /// <summary>Events of the bot, each with what it is for.</summary>
    public static IReadOnlyList<(string Event, string For)> Events { get; } =
    [
        ("app_home_opened", "the Home tab"),
        ("channel_archive", ArchivedChannel),
        ("channel_deleted", DeletedChannel),
        ("channel_id_changed", "the new id of a private incident's channel that is shared with another company"),
        ("group_archive", ArchivedChannel),
        ("group_deleted", DeletedChannel),
        ("message.channels", "what people write in incidents' channels"),
        ("message.groups", "what people write in channels of private incidents"),
        ("reaction_added", "the reaction that puts a message on the timeline"),
        ("subteam_members_changed", "inviting at once who comes into a user group"),
        ("user_change", "taking at once from somebody what they may do, where they become a guest or no admin any more"),
    ];

    public static IReadOnlyList<(string Command, string Description)> Commands { get; } =
    [("/incident", "Declare, lead and resolve incidents; alone it shows what can be done here now"), ("/inc", "Short for /incident")];

    public static IReadOnlyList<(string Type, string CallbackId, string Name, string Description)> Shortcuts { get; } =
    [
        ("global", SlackInteractions.DeclareShortcut, "Declare an incident", "Asks what is wrong and opens a channel"),
        ("message", SlackInteractions.DeclareFromShortcut, "Declare from this", "Declares an incident from this message"),
        ("message", SlackInteractions.TimelineShortcut, "Add to timeline", "Puts this message on the incident's timeline"),
    ];

    /// <param name="granted">As Slack tells them, with commas between.</param>
    /// <returns>What is missing, each with what it is for.</returns>
    public static IReadOnlyList<(string Scope, string For)> Missing(string granted)
    {
        var has = granted
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .ToHashSet(StringComparer.Ordinal);
        return [.. Scopes.Where(scope => !has.Contains(scope.Scope))];
    }
}
