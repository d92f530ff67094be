using Bot.Access;
using Bot.Log;

namespace Bot.Desk;

/// <summary>Invitations, sign-in links and tokens, as the pages, the API and the command line ask for them.</summary>
internal sealed class AccessDesk(IDesk desk, AccessState state, IIdSource ids, TimeProvider time)
{
    public static readonly TimeSpan LinkLife = TimeSpan.FromHours(24);

    /// <summary>The user whom the first start invites, so that somebody can come in at all.</summary>
    public const string FirstUser = "admin";

    public static string LinkOf(string publicUrl, string secret) => $"{publicUrl.TrimEnd('/')}/sign-in/{secret}";

    /// <returns>The answer and, when accepted, the secret of the one-time link; null where the key's first answer has told it.</returns>
    public Task<(AccessAnswer Answer, string? Secret)> InviteAsync(
        string name,
        Role role,
        IReadOnlyList<string> groups,
        Actor by,
        CancellationToken cancel,
        IdempotencyKey? key = null
    )
    {
        var expires = time.GetUtcNow() + LinkLife;
        return HandOutAsync((book, hash) => AccessDecisions.Invite(book, name, role, groups, hash, expires), by, key, cancel);
    }

    /// <returns>The user's name in the text, when accepted.</returns>
    public Task<AccessAnswer> RedeemAsync(string secret, CancellationToken cancel)
    {
        var hash = Secret.HashOf(secret);
        return SubmitAsync((book, now) => AccessDecisions.Redeem(book, hash, now), Actor.System, cancel);
    }

    public Task<AccessAnswer> RemoveAsync(string name, Actor by, CancellationToken cancel) =>
        SubmitAsync((book, _) => AccessDecisions.Remove(book, name), by, cancel);

    /// <returns>The answer and, when accepted, the token; null where the key's first answer has told it.</returns>
    public Task<(AccessAnswer Answer, string? Secret)> CreateTokenAsync(
        string name,
        Role role,
        IReadOnlyList<string> groups,
        string? source,
        Actor by,
        CancellationToken cancel,
        IdempotencyKey? key = null
    ) => HandOutAsync((book, hash) => AccessDecisions.CreateToken(book, name, role, groups, source, hash), by, key, cancel);

    public Task<AccessAnswer> RevokeAsync(string name, Actor by, CancellationToken cancel) =>
        SubmitAsync((book, _) => AccessDecisions.RevokeToken(book, name), by, cancel);

    /// <summary>A link for the first admin while nobody has ever signed in; null afterwards.</summary>
    public async Task<string?> FirstLinkAsync(CancellationToken cancel)
    {
        if (state.Current.EverSignedIn)
            return null;
        var (answer, secret) = await InviteAsync(FirstUser, Role.Admin, [], Actor.System, cancel);
        return answer.Accepted ? secret : null;
    }

    private async Task<(AccessAnswer Answer, string? Secret)> HandOutAsync(
        Func<AccessBook, string, AccessDecision> decide,
        Actor by,
        IdempotencyKey? key,
        CancellationToken cancel
    )
    {
        var secret = ids.NewSecret();
        var hash = Secret.HashOf(secret);
        var answer = await SubmitAsync((book, _) => decide(book, hash), by, cancel, key);
        return (answer, answer.Hash == hash ? secret : null);
    }

    // Who asked sees the effect of it at once, on this node.
    private async Task<AccessAnswer> SubmitAsync(
        Func<AccessBook, DateTimeOffset, AccessDecision> decide,
        Actor by,
        CancellationToken cancel,
        IdempotencyKey? key = null
    )
    {
        var answer = await desk.SubmitAsync(new AccessWork(decide, by) { Key = key }, cancel);
        await state.CatchUpAsync(cancel);
        return answer;
    }
}
