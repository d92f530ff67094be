using System.Buffers;

namespace Bot.Access;

/// <summary>Decides who comes in and who goes. Pure: the book, what is wanted and the time in; a fact or the reason why not out.</summary>
internal static class AccessDecisions
{
    public const int MaxName = 64;

    private static readonly SearchValues<char> NameLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-@");

    /// <summary>Invites somebody, or somebody known again: a new link takes the place of the old one.</summary>
    public static AccessDecision Invite(
        AccessBook book,
        string name,
        Role role,
        IReadOnlyList<string> groups,
        string linkHash,
        DateTimeOffset expires
    )
    {
        if (NameProblem("user name", name) is { } problem)
            return new AccessDecision.Refused(problem);
        if (GroupProblem(groups) is { } wrong)
            return new AccessDecision.Refused(wrong);
        if (role < Role.Admin && IsLastAdmin(book, name))
            return new AccessDecision.Refused(LastAdmin(name));
        return new AccessDecision.Decided(
            new AccessFact.UserInvited(name, role, groups, linkHash, expires),
            $"Invited {name} as {role.Word()}."
        );
    }

    public static AccessDecision Redeem(AccessBook book, string linkHash, DateTimeOffset now)
    {
        if (!book.Links.TryGetValue(linkHash, out var link))
            return new AccessDecision.Refused("This sign-in link was used already, or was never given. Ask an admin for a new one.");
        if (link.Expires <= now)
            return new AccessDecision.Refused("This sign-in link has expired. Ask an admin for a new one.");
        return new AccessDecision.Decided(new AccessFact.LinkRedeemed(link.User, linkHash), link.User);
    }

    public static AccessDecision Remove(AccessBook book, string name)
    {
        if (!book.Users.ContainsKey(name))
            return new AccessDecision.Refused($"There is no user {name}.");
        return IsLastAdmin(book, name)
            ? new AccessDecision.Refused(LastAdmin(name))
            : new AccessDecision.Decided(new AccessFact.UserRemoved(name), $"Removed {name}.");
    }

    // Nobody could invite the next one.
    private static bool IsLastAdmin(AccessBook book, string name) =>
        book.Users.TryGetValue(name, out var user)
        && user.Role is Role.Admin
        && book.Users.Values.Count(other => other.Role is Role.Admin) == 1;

    private static string LastAdmin(string name) => $"{name} is the last admin. Invite another one first.";

    public static AccessDecision CreateToken(
        AccessBook book,
        string name,
        Role role,
        IReadOnlyList<string> groups,
        string? source,
        string secretHash
    )
    {
        if (NameProblem("token name", name) is { } problem)
            return new AccessDecision.Refused(problem);
        if (GroupProblem(groups) is { } wrong)
            return new AccessDecision.Refused(wrong);
        if (name == LocalToken.Name)
            return new AccessDecision.Refused($"The token name {name} is taken by the command line of this machine.");
        if (source is not null && NameProblem("source name", source) is { } bad)
            return new AccessDecision.Refused(bad);
        if (book.Tokens.Values.Any(token => token.Name == name))
            return new AccessDecision.Refused($"There is a token {name} already. Revoke it first, or take another name.");
        return new AccessDecision.Decided(
            new AccessFact.TokenCreated(name, role, groups, source, secretHash),
            source is null ? $"Created the token {name} with the role {role.Word()}." : $"Created the token {name} for the source {source}."
        );
    }

    public static AccessDecision RevokeToken(AccessBook book, string name) =>
        name != LocalToken.Name && book.Tokens.Values.Any(token => token.Name == name)
            ? new AccessDecision.Decided(new AccessFact.TokenRevoked(name), $"Revoked the token {name}.")
            : new AccessDecision.Refused($"There is no token {name}.");

    /// <summary>Reads <c>viewer</c> … <c>admin</c>, or <c>source:NAME</c> (for tokens that may only deliver one source's alerts).</summary>
    public static bool TryReadRole(string word, out Role role, out string? source)
    {
        source = null;
        role = Role.Viewer;
        if (word.StartsWith("source:", StringComparison.Ordinal))
        {
            source = word["source:".Length..];
            return source.Length > 0;
        }

        return !word.Any(char.IsDigit) && Enum.TryParse(word, ignoreCase: true, out role);
    }

    public static string Word(this Role role) => role.ToString().ToLowerInvariant();

    private static string? NameProblem(string what, string name) =>
        name.Length is 0 or > MaxName || name.AsSpan().ContainsAnyExcept(NameLetters) || !char.IsAsciiLetterOrDigit(name[0])
            ? $"'{name}' is no {what}: use up to {MaxName} of a-z, 0-9, '.', '_', '-' and '@', beginning with a letter or digit."
            : null;

    private static string? GroupProblem(IReadOnlyList<string> groups) =>
        groups.Select(group => NameProblem("group name", group)).FirstOrDefault(problem => problem is not null);
}

internal abstract record AccessDecision
{
    private AccessDecision() { }

    /// <param name="Text">One sentence for who asked; of a redeemed link, the user's name.</param>
    public sealed record Decided(AccessFact Fact, string Text) : AccessDecision;

    public sealed record Refused(string Why) : AccessDecision;
}

/// <summary>What came of it.</summary>
/// <param name="Text">One sentence; where <paramref name="Accepted"/> is false, why not and what to do.</param>
/// <param name="Hash">Of the secret that was handed out, where one was: tells a repeat from the first time.</param>
internal sealed record AccessAnswer(bool Accepted, string Text, string? Hash = null);
