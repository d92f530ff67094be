using System.ComponentModel;
using Runbooks.Actions;

namespace Integrations.Redis;

/// <summary>Who asks a Redis or a Sentinel, and how.</summary>
public abstract record RedisCaller : TlsArguments
{
    [Description("Of an account of its ACL.")]
    public string? User { get; init; }

    [Secret]
    [Description("Of the one that is asked, Redis or Sentinel. A secret.")]
    public string? Password { get; init; }

    [Description("Whether it speaks TLS.")]
    public bool Tls { get; init; }
}

public sealed record RedisArguments(
    [Untainted] [HostAndPortText(HasUsualPort = true)] [Description("`host` or `host:port`.")] string Address
) : RedisCaller;
