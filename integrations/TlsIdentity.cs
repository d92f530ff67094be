using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Integrations;

/// <summary>What a step brings to TLS, read from the arguments that <see cref="TlsArguments"/> declares: whom it trusts, and who it is.</summary>
internal sealed class TlsIdentity : IDisposable
{
    private readonly X509Certificate2Collection authorities;
    private readonly X509Certificate2Collection chain = [];
    private X509Certificate2? own;

    private TlsIdentity(X509Certificate2Collection authorities) => this.authorities = authorities;

    /// <summary>A sentence that names the field and the fix, and quotes nothing of it; null: it can be used.</summary>
    public string? Problem { get; private set; }

    /// <param name="plain">What the step would have to change to speak TLS; null: it does.</param>
    public static TlsIdentity Of(JsonElement with, string? plain = null)
    {
        var identity = new TlsIdentity([]);
        identity.Problem = identity.Read(Given(with, "ca"), Given(with, "certificate"), Given(with, "key"), plain);
        return identity;
    }

    /// <inheritdoc cref="Of(JsonElement, string?)"/>
    public static TlsIdentity Of(JsonElement with, Uri address) =>
        Of(with, address.Scheme is "https" ? null : $"write https://{address.Authority}");

    /// <summary>For other places than the one that is meant: trusts the same, and does not say who asks. It goes with this one.</summary>
    public TlsIdentity Unnamed => new(authorities);

    public void Apply(SslClientAuthenticationOptions options)
    {
        OutwardCertificates.Trust(options, authorities);
        // Offline: nothing is fetched from where a certificate says that its issuer's lies.
        if (own is not null)
            options.ClientCertificateContext = SslStreamCertificateContext.Create(own, chain, offline: true);
    }

    /// <inheritdoc cref="OutwardCertificates.Problems"/>
    public IReadOnlyList<string> Problems(SslPolicyErrors found, X509Chain? chain) =>
        OutwardCertificates.Problems(found, chain, authorities);

    /// <summary>A sentence, with the fix.</summary>
    /// <param name="alert">What the server says of the certificate of this side.</param>
    public string Refused(string alert) =>
        own is null
            ? $"the server asks for a client certificate ({alert}): give 'certificate' and 'key'"
            : $"the server does not take the client certificate of {own.Subject} ({alert}): "
                + "give one in 'certificate' that is in its time and signed by an authority that the server trusts";

    public void Dispose()
    {
        own?.Dispose();
        foreach (var one in chain.Concat(authorities))
            one.Dispose();
    }

    private string? Read(string? ca, string? certificate, string? key, string? plain)
    {
        var given =
            ca is not null ? "ca"
            : certificate is not null ? "certificate"
            : key is not null ? "key"
            : null;
        if (given is not null && plain is not null)
            return $"'{given}' is for TLS, which this step does not speak: {plain}, or leave it out";
        if (ca is not null && !Import(authorities, ca))
            return NoCertificate("ca");
        if ((certificate is null) != (key is null))
            return certificate is null
                ? "'key' is given without 'certificate': give both"
                : "'certificate' is given without 'key': give its private key, too";
        if (certificate is null)
            return null;
        if (!Import(chain, certificate))
            return NoCertificate("certificate");
        try
        {
            own = X509Certificate2.CreateFromPem(certificate, key);
            return null;
        }
        catch (CryptographicException)
        {
            return key!.Contains("ENCRYPTED", StringComparison.Ordinal)
                ? "'key' is under a passphrase: give it without one (openssl pkey -in FILE)"
                : $"'key' is not the private key of 'certificate' ({chain[0].Subject}): give its PEM, which begins with "
                    + "-----BEGIN PRIVATE KEY-----, -----BEGIN RSA PRIVATE KEY----- or -----BEGIN EC PRIVATE KEY-----";
        }
    }

    public static bool HoldsCertificate(string pem)
    {
        using var identity = new TlsIdentity([]);
        return Import(identity.authorities, pem);
    }

    private static bool Import(X509Certificate2Collection into, string pem)
    {
        try
        {
            into.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            return false;
        }

        return into.Count > 0;
    }

    private static string NoCertificate(string field) =>
        $"'{field}' holds no certificate: give its PEM, whole and with its lines, from -----BEGIN CERTIFICATE----- on";

    // An input that nobody gave is an empty text in many runbooks.
    private static string? Given(JsonElement with, string key) =>
        with.TextOf(key) is { } text && text.AsSpan().Trim().Length > 0 ? text : null;
}
