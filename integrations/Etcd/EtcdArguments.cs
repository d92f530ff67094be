using System.ComponentModel;
using Runbooks.Actions;

namespace Integrations.Etcd;

/// <summary>Who asks an etcd: one of its own users, a holder of a certificate, both or nobody.</summary>
public abstract record EtcdCaller : TlsArguments
{
    [Description("Of etcd's own users.")]
    public string? User { get; init; }

    [Secret]
    [Description("A secret.")]
    public string? Password { get; init; }
}

public sealed record EtcdArguments(
    [Untainted(UntaintedPart.Origin)]
    [HttpAddress]
    [Description("The member's client address, as `https://etcd1.example.com:2379`.")]
        string Endpoint
) : EtcdCaller;
