using System.Security.Cryptography.X509Certificates;

namespace Integrations;

/// <summary>
/// How a server's certificate is judged: by what it sends and what this machine trusts. Nothing is fetched from addresses that the
/// certificate itself names (RFC 5280, section 4.2.2.1): a server could make the bot call a host that it may not.
/// </summary>
internal static class OutwardCertificates
{
    public static X509ChainPolicy Policy() => new() { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
}
