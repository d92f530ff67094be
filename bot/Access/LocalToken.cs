namespace Bot.Access;

/// <summary>
/// The token of the command line on the server's own machine: made at each start, kept in memory and in a file beside the
/// database that only the server's account can read. Who can read that file could read the database as well.
/// </summary>
internal sealed record LocalToken(string Secret)
{
    public const string Name = "local";

    public AccessBook AddTo(AccessBook book) =>
        book with
        {
            Tokens = book.Tokens.SetItem(Access.Secret.HashOf(Secret), new ApiToken(Name, Role.Admin, [], null, DateTimeOffset.UnixEpoch)),
        };
}
