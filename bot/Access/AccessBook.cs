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

    /// <summary>People of chat platforms, by platform and id.</summary>
    public ImmutableDictionary<ChatKey, ChatUser> ChatUsers { get; init; } = ImmutableDictionary<ChatKey, ChatUser>.Empty;

    /// <summary>The ids of chat platforms, by platform and the name here.</summary>
    public ImmutableDictionary<ChatKey, string> ChatIds { get; init; } = ImmutableDictionary<ChatKey, string>.Empty;

    /// <summary>Whether any link was ever used: until then each start prints a new one for the first admin.</summary>
    public bool EverSignedIn { get; init; }

    public static AccessBook Evolve(AccessBook book, AccessFact fact, DateTimeOffset at) =>
        fact switch
        {
            AccessFact.UserInvited invited => book with
            {
                Users = book.Users.SetItem(invited.User, new User(invited.User, invited.Role, invited.Groups, at)),
                // A new link takes the place of the old one; but nodes that start together each print one for the first admin,
                // and whichever of them is read first must work.
                Links = (invited.Role is Role.Admin && !book.EverSignedIn ? book.Links : WithoutLinksOf(book, invited.User)).SetItem(
                    invited.LinkHash,
                    new SignInLink(invited.User, invited.Expires)
                ),
            },
            AccessFact.LinkRedeemed redeemed => book with { Links = WithoutLinksOf(book, redeemed.User), EverSignedIn = true },
            AccessFact.ChatPersonMet met => book with
            {
                ChatUsers = book.ChatUsers.SetItem(new ChatKey(met.Platform, met.Id), new ChatUser(met.User, met.Role, met.Groups)),
                ChatIds = book.ChatIds.SetItem(new ChatKey(met.Platform, met.User), met.Id),
            },
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

    /// <summary>Everybody who can be named.</summary>
    public IEnumerable<string> Names => Users.Keys.Concat(ChatIds.Keys.Select(known => known.Name)).Distinct(StringComparer.Ordinal);

    public bool Knows(string name) => Users.ContainsKey(name) || ChatIds.Keys.Any(known => known.Name == name);

    /// <summary>Names of people with a role or more, invited here or known from chat.</summary>
    public IEnumerable<string> Having(Role role) => NamesWhere((theirs, _) => theirs >= role);

    /// <summary>Names of people in any of some groups, by an invitation or as chat knows them.</summary>
    public IEnumerable<string> Among(IReadOnlyList<string> groups) =>
        NamesWhere((_, theirs) => theirs.Any(group => groups.Contains(group, StringComparer.OrdinalIgnoreCase)));

    private IEnumerable<string> NamesWhere(Func<Role, IReadOnlyList<string>, bool> fits) =>
        Users
            .Values.Where(user => fits(user.Role, user.Groups))
            .Select(user => user.Name)
            .Concat(ChatUsers.Values.Where(user => fits(user.Role, user.Groups)).Select(user => user.User))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    /// <summary>Groups that somebody is in.</summary>
    public IEnumerable<string> Groups =>
        Users
            .Values.SelectMany(user => user.Groups)
            .Concat(ChatUsers.Values.SelectMany(user => user.Groups))
            .Distinct(StringComparer.Ordinal);

    /// <summary>Somebody of a chat platform; what an invitation gave the same person here counts too.</summary>
    public Caller? CallerOfChat(string platform, string id)
    {
        if (!ChatUsers.TryGetValue(new ChatKey(platform, id), out var known))
            return null;
        var invited = Users.GetValueOrDefault(known.User);
        return new Caller(
            Actor.User(known.User),
            invited is not null && invited.Role > known.Role ? invited.Role : known.Role,
            invited is null ? known.Groups : [.. known.Groups.Union(invited.Groups, StringComparer.Ordinal)]
        );
    }

    /// <summary>A chat platform's own ids of who is in a group, by it or by an invitation.</summary>
    public IReadOnlyList<string> InGroup(string platform, string group) =>
        [
            .. ChatUsers
                .Keys.Where(known => known.Platform == platform)
                .Select(known => known.Name)
                .Where(id => CallerOfChat(platform, id)!.IsIn(group))
                .Order(StringComparer.Ordinal),
        ];

    public Caller? CallerOfUser(string name) =>
        Users.TryGetValue(name, out var user) ? new Caller(Actor.User(name), user.Role, user.Groups) : null;
}

internal sealed record User(string Name, Role Role, IReadOnlyList<string> Groups, DateTimeOffset InvitedAt);

/// <param name="Name">An id of the platform, or a name here.</param>
internal readonly record struct ChatKey(string Platform, string Name);

internal sealed record ChatUser(string User, Role Role, IReadOnlyList<string> Groups);

internal sealed record SignInLink(string User, DateTimeOffset Expires);

internal sealed record ApiToken(string Name, Role Role, IReadOnlyList<string> Groups, string? Source, DateTimeOffset CreatedAt);
