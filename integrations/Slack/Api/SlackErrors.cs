namespace Integrations.Slack.Api;

/// <summary>What Slack's error names mean for who has to do something about them (docs.slack.dev, errors of each method).</summary>
internal static class SlackErrors
{
    /// <summary>A call wants a member of the channel, and the app is none (any more).</summary>
    public const string NotInChannel = "not_in_channel";

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
    private static readonly string[] OfTheMethod = ["missing_scope", "no_permission", "restricted_action"];

    private static readonly string[] GoneMessages = ["message_not_found", "cant_update_message", "edit_window_closed"];

    /// <summary>Whether nothing of the app gets through until a person has mended it.</summary>
    public static bool IsOfTheApp(string? error) => Is(error, OfTheApp);

    /// <summary>Whether it goes well once a person has mended the app or what it is allowed: nothing that waits may be lost until then.</summary>
    public static bool IsMendable(string? error) => Is(error, OfTheApp) || Is(error, OfTheMethod);

    /// <summary>Whether a message cannot be edited any more, so that only a new one can say it.</summary>
    public static bool IsOfGoneMessage(string? error) => Is(error, GoneMessages);

    // What Slack adds to the name (the scope, its advice) stands after a colon.
    private static bool Is(string? error, string[] names) =>
        error is not null && names.Contains(error.Split(':', 2)[0], StringComparer.Ordinal);
}
