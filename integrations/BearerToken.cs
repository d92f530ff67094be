using System.Security.Cryptography;
using System.Text;

namespace Integrations;

/// <summary>The way in for sources that authenticate by <c>Authorization: Bearer TOKEN</c> (RFC 6750, section 2.1).</summary>
public static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>The token that a request shows, or null.</summary>
    public static string? Of(AlertRequest request) =>
        request.Header("Authorization") is { } header && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? header[Scheme.Length..].Trim()
            : null;

    /// <returns>Null if the token is the configured one; compared in constant time, over hashes, so that not even its length shows.</returns>
    public static string? Verify(AlertRequest request, AlertSourceOptions options)
    {
        if (string.IsNullOrEmpty(options.Token))
            return "no token is configured for this source";
        if (Of(request) is not { } shown)
            return "no bearer token";
        return CryptographicOperations.FixedTimeEquals(Hash(shown), Hash(options.Token)) ? null : "wrong bearer token";
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
