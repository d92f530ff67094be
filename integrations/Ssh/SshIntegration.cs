using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Integrations.Ssh;

/// <summary>What SSH's folder needs.</summary>
internal sealed class SshIntegration : IIntegration
{
    private const string Usual = "/etc/ssh/ssh_known_hosts";

    public static void Register(IServiceCollection services, IConfiguration configuration) =>
        services
            .AddSingleton(new SshKnownHosts(configuration[SshKnownHosts.Setting] is { Length: > 0 } path ? path : Usual))
            .AddSingleton<SshConnections>();
}
