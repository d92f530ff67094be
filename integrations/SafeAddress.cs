namespace Integrations;

/// <summary>Addresses as they may be shown.</summary>
internal static class SafeAddress
{
    /// <summary>Without a user's name and password in it.</summary>
    public static string Of(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && address.UserInfo.Length > 0
            ? new UriBuilder(address) { UserName = "", Password = "" }.Uri.ToString()
            : url ?? "";

    /// <summary>Scheme, host and path alone: what an answer leads to may have a token in its query.</summary>
    public static string Place(Uri address) =>
        address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}
