using System.Security.Cryptography.X509Certificates;

namespace Integrations;

/// <summary>
/// How a server's certificate is judged: by what it sends and what this machine, or the step, trusts. Nothing is fetched from addresses
/// that the certificate itself names (RFC 5280, section 4.2.2.1): a server could make the bot call a host that it may not.
/// </summary>
internal static class OutwardCertificates
{
    /// <param name="authorities">Those that alone are trusted; none: those of this machine.</param>
    public static X509ChainPolicy Policy(X509Certificate2Collection? authorities = null)
    {
        var policy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
        if (authorities is { Count: > 0 })
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(authorities);
        }

        return policy;
    }
}
