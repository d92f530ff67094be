namespace Integrations;

/// <summary>An address of <c>http</c> or <c>https</c> as a step gives it.</summary>
internal static class OutwardAddress
{
    /// <param name="field">The argument that holds it.</param>
    /// <returns>What is wrong with it, with the fix and without a password; null: it can be called.</returns>
    public static string? Problem(string field, string text, out Uri address)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out address!) || address.Scheme is not ("http" or "https"))
            return $"'{SafeAddress.Of(text)}' is not an http address.";
        // Left out it would be a request as nobody; sent, a password with an '@' in it would name another host.
        return address.UserInfo.Length == 0
            ? null
            : $"'{field}' holds a user's name or password, and it is not sent from there: take it out ({SafeAddress.Of(text)}), and give "
                + "`headers: { Authorization: \"Basic …\" }` with the base64 of user:password from a secret.";
    }

    /// <summary>As <see cref="Problem"/>, of an address that an API's own paths follow.</summary>
    public static string? BaseProblem(string field, string text, out Uri address)
    {
        if (Problem(field, text.TrimEnd('/'), out address) is { } wrong)
            return wrong;
        // Not in its words: a query may hold a token.
        var behind =
            address.Query.Length > 0 ? "a query"
            : address.Fragment.Length > 0 ? "a fragment"
            : null;
        return behind is null
            ? null
            : $"'{field}' has {behind} behind its path, where the API's own paths come, and it would be lost: take it out "
                + $"({address.GetLeftPart(UriPartial.Path)}).";
    }
}
