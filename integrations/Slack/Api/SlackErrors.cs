namespace Integrations.Slack.Api;

/// <summary>What Slack's error names mean for who has to do something about them (docs.slack.dev, errors of each method).</summary>
internal static class SlackErrors
{
    /// <summary>A call wants a member of the channel, and the app is none (any more).</summary>
    public const string NotInChannel = "not_in_channel";

    /// <summary>There is no such channel, or a private one that the app is not in.</summary>
    public const string NoChannel = "channel_not_found";

    // The app as a whole gets nothing done.
    private static readonly string[] OfTheApp =
    [
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "access_denied",
        "team_disabled",
        "not_allowed_token_type",
        "org_login_required",
        "ekm_access_denied",
        "team_access_not_granted",
        "two_factor_setup_required",
    ];

    // The app may not do this one thing, until an admin of the workspace allows it.
    private static readonly string[] OfTheMethod =
    [
        "missing_scope",
        "no_permission",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "accesslimited",
    ];

    // One channel, or the workspace's plan, takes nothing for now; what Slack as a whole does not do now is no refusal (SlackAnswer).
    private static readonly string[] OfTheMoment = ["external_channel_migrating", "message_limit_exceeded"];

    private static readonly string[] GoneRooms = ["is_archived", "is_inactive", NoChannel];

    private static readonly string[] GoneMessages = ["message_not_found", "cant_update_message", "edit_window_closed"];

    /// <summary>Whether nothing of the app gets through until a person has mended it.</summary>
    public static bool IsOfTheApp(string? error) => Is(error, OfTheApp);

    /// <summary>
    /// Whether it goes well once a person has mended the app or what it is allowed, or a migration or a limit of the workspace is over:
    /// nothing that waits may be lost until then.
    /// </summary>
    public static bool IsMendable(string? error) => Is(error, OfTheApp) || Is(error, OfTheMethod) || Is(error, OfTheMoment);

    /// <summary>Whether it goes well by itself in a while: a migration is over, or a limit of the workspace.</summary>
    public static bool IsPassing(string? error) => Is(error, OfTheMoment);

    /// <summary>Whether a channel takes nothing any more from the app.</summary>
    public static bool IsOfGoneRoom(string? error) => Is(error, GoneRooms);

    /// <summary>Why a channel is not made, and what a person can do about it.</summary>
    public static string OfCreating(string? error) =>
        (error?.Split(':', 2)[0]) switch
        {
            "restricted_action" or "user_is_restricted" =>
                $"the workspace does not let the app make channels ({error}). Its admins allow it under Settings & Permissions → Channel Management.",
            "missing_scope" => $"{error}. Install the app again from: incident slack manifest.",
            "no_permission" => "the app has no permission for it (no_permission). Install it again from: incident slack manifest.",
            _ => $"Slack answers {error ?? "nothing"}.",
        };

    /// <summary>Whether a message cannot be edited any more, so that only a new one can say it.</summary>
    public static bool IsOfGoneMessage(string? error) => Is(error, GoneMessages);

    // What Slack adds to the name (the scope, its advice) stands after a colon.
    private static bool Is(string? error, string[] names) =>
        error is not null && names.Contains(error.Split(':', 2)[0], StringComparer.Ordinal);
}
