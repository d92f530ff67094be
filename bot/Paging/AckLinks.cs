using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Bot.Paging;

/// <summary>
/// Links that acknowledge without signing in: base64url(payload ‖ HMAC-SHA256). They name incident and target, so that the log
/// says whose link was used, and end after <see cref="Life"/>; whoever follows one must still look whether the incident is open.
/// </summary>
/// <param name="key">At least 32 bytes, the same on every node.</param>
internal sealed class AckLinks(byte[] key)
{
    /// <summary>Longer than anybody sleeps; each repeated call brings a new one.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(24);

    public string Write(int incident, PageTarget target, DateTimeOffset now)
    {
        var ends = (now + Life).ToUnixTimeSeconds();
        var payload = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"1|{incident}|{ends}|{target}"));
        return Base64Url.EncodeToString([.. payload, .. HMACSHA256.HashData(key, payload)]);
    }

    /// <returns>False for anything that was not written with this key, or has ended.</returns>
    public bool TryRead(string token, DateTimeOffset now, [NotNullWhen(true)] out AckLink? link)
    {
        link = null;
        if (token.Length > 2048 || !Base64Url.IsValid(token))
            return false;
        var bytes = Base64Url.DecodeFromChars(token);
        if (bytes.Length <= HMACSHA256.HashSizeInBytes)
            return false;
        var payload = bytes.AsSpan(0, bytes.Length - HMACSHA256.HashSizeInBytes);
        if (!CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key, payload), bytes.AsSpan(payload.Length)))
            return false;
        var parts = Encoding.UTF8.GetString(payload).Split('|', 4);
        if (parts is not ["1", var number, var ends, var target] || PageTarget.Parse(target) is not { } to)
            return false;
        if (!int.TryParse(number, CultureInfo.InvariantCulture, out var incident))
            return false;
        if (!long.TryParse(ends, CultureInfo.InvariantCulture, out var end) || end <= now.ToUnixTimeSeconds())
            return false;
        link = new AckLink(incident, to);
        return true;
    }
}

internal sealed record AckLink(int Incident, PageTarget Target);
