using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Integrations.Http;

/// <summary>Plain HTTP for runbooks.</summary>
public sealed class HttpIntegration : IIntegration
{
    public static void Register(IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton(
            new AllowedHosts(configuration.GetSection(AllowedHosts.Setting).GetChildren().Select(entry => entry.Value ?? ""))
        );
}
