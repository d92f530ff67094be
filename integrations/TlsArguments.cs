using System.ComponentModel;
using Runbooks.Actions;

namespace Integrations;

/// <summary>What a step may bring to TLS, as arguments of an action that speaks it; <see cref="TlsIdentity"/> reads them.</summary>
public abstract record TlsArguments
{
    // Whoever may say who vouches for a server may put another one in its place.
    [Untainted]
    [CertificateText]
    [Description(
        "PEM of the authority that signed the server's certificate, also an intermediate one: it alone is trusted, in place of those that this machine trusts. No secret."
    )]
    public string? Ca { get; init; }

    [CertificateText]
    [Description("PEM of the client's certificate, for a server that asks for one; what leads from it to its authority follows it.")]
    public string? Certificate { get; init; }

    [Secret]
    [Description("PEM of its private key, without a passphrase. A secret.")]
    public string? Key { get; init; }
}
