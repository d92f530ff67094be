using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Bot.Paging;

/// <summary>
/// Links that acknowledge without signing in: base64url(payload ‖ HMAC-SHA256). They name incident and target, so that the log
/// says whose link was used; whoever follows one must still look whether the incident is open.
/// </summary>
/// <param name="key">At least 32 bytes, the same on every node.</param>
internal sealed class AckLinks(byte[] key)
{
    public string Write(int incident, PageTarget target)
    {
        var payload = Encoding.UTF8.GetBytes($"1|{incident}|{target}");
        return Base64Url.EncodeToString([.. payload, .. HMACSHA256.HashData(key, payload)]);
    }

    /// <returns>False for anything that was not written with this key.</returns>
    public bool TryRead(string token, [NotNullWhen(true)] out AckLink? link)
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
        var parts = Encoding.UTF8.GetString(payload).Split('|', 3);
        if (parts is not ["1", var number, var target] || !int.TryParse(number, out var incident) || PageTarget.Parse(target) is not { } to)
            return false;
        link = new AckLink(incident, to);
        return true;
    }
}

internal sealed record AckLink(int Incident, PageTarget Target);
