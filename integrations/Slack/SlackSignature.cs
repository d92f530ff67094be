using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Integrations.Slack;

/// <summary>
/// Slack's request signatures, version v0: HMAC-SHA256 of <c>v0:TIMESTAMP:BODY</c> with the signing secret, over the raw bytes
/// (docs.slack.dev, verifying requests from Slack). Good for five minutes, in both directions of the clock.
/// </summary>
internal static class SlackSignature
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    public static bool Verify(string secret, string? timestamp, string? signature, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        if (secret.Length == 0 || timestamp is null || signature is null || !signature.StartsWith("v0=", StringComparison.Ordinal))
            return false;
        if (
            !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs(now.ToUnixTimeSeconds() - seconds) > Tolerance.TotalSeconds
        )
            return false;
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (
            signature.Length != 3 + (2 * HMACSHA256.HashSizeInBytes)
            || Convert.FromHexString(signature.AsSpan(3), given, out _, out _) is not System.Buffers.OperationStatus.Done
        )
            return false;
        return CryptographicOperations.FixedTimeEquals(given, Mac(secret, timestamp, body));
    }

    public static string Sign(string secret, string timestamp, ReadOnlySpan<byte> body) =>
        "v0=" + Convert.ToHexStringLower(Mac(secret, timestamp, body));

    private static byte[] Mac(string secret, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hash.AppendData(Encoding.UTF8.GetBytes($"v0:{timestamp}:"));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }
}
