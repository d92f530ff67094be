using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tests.Servers;

/// <summary>An authority of a test's own, that no machine trusts, and what it signs.</summary>
internal sealed class Authority : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 certificate;

    public Authority() => certificate = Signed(this, "CN=authority", new PublicKey(key), isAuthority: true);

    private Authority(Authority above, DateTimeOffset? until) =>
        certificate = Signed(above, "CN=authority below", new PublicKey(key), isAuthority: true, until);

    public string Pem => certificate.ExportCertificatePem();

    /// <summary>One that it vouches for.</summary>
    public Authority Below(DateTimeOffset? until = null) => new(this, until);

    /// <summary>For a client, or for a server at 127.0.0.1; in PEM, with the certificate of an authority that another one vouches for.</summary>
    /// <param name="usage">Its only one (RFC 5280, section 4.2.1.12); null: any.</param>
    public string Issue(string name, AsymmetricAlgorithm owner, DateTimeOffset? until = null, string? usage = null)
    {
        using var issued = Signed(this, $"CN={name}", new PublicKey(owner), isAuthority: false, until, usage);
        return issued.ExportCertificatePem() + (certificate.Subject == certificate.Issuer ? "" : "\n" + Pem);
    }

    /// <inheritdoc cref="Issue(string, AsymmetricAlgorithm, DateTimeOffset?, string?)"/>
    public (string Certificate, string Key) Issue(string name)
    {
        using var owner = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return (Issue(name, owner), owner.ExportECPrivateKeyPem());
    }

    /// <summary>What it trusts, with a certificate of its own to show.</summary>
    public SocketsHttpHandler Client()
    {
        var trusted = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { certificate },
        };
        var (own, ownKey) = Issue("client");
        var context = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(own, ownKey), null, offline: true);
        return new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = trusted, ClientCertificateContext = context } };
    }

    public void Dispose()
    {
        certificate.Dispose();
        key.Dispose();
    }

    private static X509Certificate2 Signed(
        Authority by,
        string subject,
        PublicKey owner,
        bool isAuthority,
        DateTimeOffset? until = null,
        string? usage = null
    )
    {
        var request = new CertificateRequest(new X500DistinguishedName(subject), owner, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        if (!isAuthority)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        }

        if (usage is not null)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        var end = until ?? TimeProvider.System.GetUtcNow().AddDays(1);
        return request.Create(
            by.certificate?.SubjectName ?? request.SubjectName,
            X509SignatureGenerator.CreateForECDsa(by.key),
            end.AddDays(-2),
            end,
            RandomNumberGenerator.GetBytes(8)
        );
    }
}
