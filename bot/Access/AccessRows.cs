using System.Text.Json;
using Bot.Log;

namespace Bot.Access;

/// <summary>A user as the API and the command line show them.</summary>
internal sealed record UserRow(string Name, string Role, IReadOnlyList<string> Groups, DateTimeOffset InvitedAt)
{
    public static IEnumerable<UserRow> Of(AccessBook book) =>
        book
            .Users.Values.OrderBy(user => user.Name, StringComparer.Ordinal)
            .Select(user => new UserRow(user.Name, user.Role.Word(), user.Groups, user.InvitedAt));

    public static UserRow Read(JsonElement json) => json.Deserialize<UserRow>(FactJson.Options)!;
}

/// <summary>A token as the API and the command line show it: never the secret, nor its hash.</summary>
/// <param name="Role">Of a token for one source: <c>source:NAME</c>.</param>
internal sealed record TokenRow(string Name, string Role, IReadOnlyList<string> Groups, DateTimeOffset CreatedAt)
{
    public static IEnumerable<TokenRow> Of(AccessBook book) =>
        book
            .Tokens.Values.Where(token => token.Name != LocalToken.Name)
            .OrderBy(token => token.Name, StringComparer.Ordinal)
            .Select(token => new TokenRow(
                token.Name,
                token.Source is null ? token.Role.Word() : "source:" + token.Source,
                token.Groups,
                token.CreatedAt
            ));

    public static TokenRow Read(JsonElement json) => json.Deserialize<TokenRow>(FactJson.Options)!;
}
