using Bot.Access;

namespace Bot.Web.Security;

/// <summary>Names of what guards the doors, and the caller behind a request.</summary>
internal static class Door
{
    /// <summary>The default scheme: a bearer token where one is shown, else the session cookie.</summary>
    public const string Scheme = "door";
    public const string Bearer = "bearer";
    public const string Session = "session";

    public const string Viewer = "viewer";
    public const string Responder = "responder";
    public const string Approver = "approver";
    public const string Admin = "admin";

    public const string NameClaim = "name";
    public const string InvitedClaim = "invited";

    private static readonly object Key = new();

    /// <summary>Who asks; only behind a door that requires a role.</summary>
    /// <exception cref="InvalidOperationException">The door is open to strangers.</exception>
    public static Caller Caller(this HttpContext context) =>
        context.KnownCaller() ?? throw new InvalidOperationException("Nobody is signed in at this door.");

    public static Caller? KnownCaller(this HttpContext context) => context.Items.TryGetValue(Key, out var caller) ? (Caller?)caller : null;

    public static void SetCaller(this HttpContext context, Caller? caller) => context.Items[Key] = caller;

    /// <summary>Whether the request is a program's: it gets problem documents; a person's browser gets pages.</summary>
    public static bool IsApi(this HttpRequest request) =>
        request.Path.StartsWithSegments("/api")
        || request.Path.StartsWithSegments("/openapi")
        || request.Path.StartsWithSegments("/health/parts")
        || request.Path.StartsWithSegments("/metrics")
        || request.Headers.ContainsKey("Authorization");
}
