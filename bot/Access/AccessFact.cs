namespace Bot.Access;

/// <summary>Everything that can be true of who may do what. Secrets are only ever here as SHA-256 (base64url).</summary>
internal abstract record AccessFact
{
    private AccessFact() { }

    public sealed record UserInvited(string User, Role Role, IReadOnlyList<string> Groups, string LinkHash, DateTimeOffset Expires)
        : AccessFact;

    /// <summary>A one-time link was used; it can't be used again.</summary>
    public sealed record LinkRedeemed(string User, string LinkHash) : AccessFact;

    /// <summary>Somebody came in through a chat platform, or what it says of them has changed.</summary>
    /// <param name="Id">The platform's own id, which never changes.</param>
    /// <param name="User">Their name here, given once.</param>
    public sealed record ChatPersonMet(string Platform, string Id, string User, Role Role, IReadOnlyList<string> Groups) : AccessFact;

    public sealed record UserRemoved(string User) : AccessFact;

    /// <param name="Source">Set for a token of role <c>source:NAME</c>.</param>
    public sealed record TokenCreated(string Name, Role Role, IReadOnlyList<string> Groups, string? Source, string SecretHash) : AccessFact;

    public sealed record TokenRevoked(string Name) : AccessFact;
}
