using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Bot.Access;

/// <summary>
/// Secrets are 256 bits of chance, so a plain SHA-256 of them can't be guessed back; only the hash is ever stored. What is
/// looked up is the hash of what was sent: how long a look-up takes says nothing about the secret.
/// </summary>
internal static class Secret
{
    public static string HashOf(string secret) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>Compares in constant time, whatever the lengths.</summary>
    public static bool Same(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(one)),
            SHA256.HashData(Encoding.UTF8.GetBytes(other))
        );
}
