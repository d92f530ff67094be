using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Bot.Log;
using Microsoft.AspNetCore.DataProtection;

namespace Bot.Paging;

/// <summary>
/// The links by which a called person acknowledges without signing in: sealed with the keys that all nodes share, so that
/// nothing has to be stored. One names an incident and who was called, and is worth nothing once the incident is over.
/// </summary>
internal sealed class AcknowledgeLinks(IDataProtectionProvider protection)
{
    private readonly IDataProtector protector = protection.CreateProtector("acknowledge");

    /// <summary>What stands after <c>/ack/</c> in the link.</summary>
    public string TokenFor(int incident, PageTarget target) =>
        Base64Url.EncodeToString(protector.Protect(Encoding.UTF8.GetBytes($"{StreamId.Incident(incident)} {target}")));

    /// <returns>Null for a token that none of us made.</returns>
    public (int Incident, PageTarget Target)? Read(string token)
    {
        try
        {
            var text = Encoding.UTF8.GetString(protector.Unprotect(Base64Url.DecodeFromChars(token)));
            var blank = text.IndexOf(' ', StringComparison.Ordinal);
            return StreamId.IncidentNumber(text[..blank]) is { } incident && PageTarget.Parse(text[(blank + 1)..]) is { } target
                ? (incident, target)
                : null;
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            // Not sealed by us, cut short on its way, or with a key that is gone: no link.
            return null;
        }
    }
}
