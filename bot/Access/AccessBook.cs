using System.Collections.Immutable;
using Bot.Log;

namespace Bot.Access;

/// <summary>Who may do what: small enough to be held whole by every node, evolved from the stream <c>access</c>.</summary>
internal sealed record AccessBook
{
    public static AccessBook Empty { get; } = new();

    public ImmutableDictionary<string, User> Users { get; init; } = ImmutableDictionary<string, User>.Empty;
    public ImmutableDictionary<string, SignInLink> Links { get; init; } = ImmutableDictionary<string, SignInLink>.Empty;
    public ImmutableDictionary<string, ApiToken> Tokens { get; init; } = ImmutableDictionary<string, ApiToken>.Empty;

    /// <summary>Whether any link was ever used: until then each start prints a new one for the first admin.</summary>
    public bool EverSignedIn { get; init; }

    public static AccessBook Evolve(AccessBook book, AccessFact fact, DateTimeOffset at) =>
        fact switch
        {
            AccessFact.UserInvited invited => book with
            {
                Users = book.Users.SetItem(invited.User, new User(invited.User, invited.Role, invited.Groups, at)),
                // A new link takes the place of the old one.
                Links = WithoutLinksOf(book, invited.User).SetItem(invited.LinkHash, new SignInLink(invited.User, invited.Expires)),
            },
            AccessFact.LinkRedeemed redeemed => book with { Links = book.Links.Remove(redeemed.LinkHash), EverSignedIn = true },
            AccessFact.UserRemoved removed => book with
            {
                Users = book.Users.Remove(removed.User),
                Links = WithoutLinksOf(book, removed.User),
            },
            AccessFact.TokenCreated created => book with
            {
                Tokens = book.Tokens.SetItem(
                    created.SecretHash,
                    new ApiToken(created.Name, created.Role, created.Groups, created.Source, at)
                ),
            },
            AccessFact.TokenRevoked revoked => book with
            {
                Tokens = book.Tokens.RemoveRange(book.Tokens.Where(token => token.Value.Name == revoked.Name).Select(token => token.Key)),
            },
            _ => book,
        };

    private static ImmutableDictionary<string, SignInLink> WithoutLinksOf(AccessBook book, string user) =>
        book.Links.RemoveRange(book.Links.Where(link => link.Value.User == user).Select(link => link.Key));

    public Caller? CallerOfToken(string secretHash) =>
        Tokens.TryGetValue(secretHash, out var token)
            ? new Caller(
                token.Source is null ? Actor.Token(token.Name) : Actor.Source(token.Source),
                token.Role,
                token.Groups,
                token.Source
            )
            : null;

    public Caller? CallerOfUser(string name) =>
        Users.TryGetValue(name, out var user) ? new Caller(Actor.User(name), user.Role, user.Groups) : null;
}

internal sealed record User(string Name, Role Role, IReadOnlyList<string> Groups, DateTimeOffset InvitedAt);

internal sealed record SignInLink(string User, DateTimeOffset Expires);

internal sealed record ApiToken(string Name, Role Role, IReadOnlyList<string> Groups, string? Source, DateTimeOffset CreatedAt);
