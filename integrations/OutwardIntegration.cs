using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Integrations;

/// <summary>What all actions that call a host share.</summary>
public sealed class OutwardIntegration : IIntegration
{
    public static void Register(IServiceCollection services, IConfiguration configuration) =>
        services
            .AddSingleton(new AllowedHosts(configuration.GetSection(AllowedHosts.Setting).GetChildren().Select(entry => entry.Value ?? "")))
            .AddSingleton<Outward>();

    public static IEnumerable<string> Problems(IConfiguration configuration) =>
        from entry in configuration.GetSection(AllowedHosts.Setting).GetChildren()
        let fix = AllowedHosts.Fix(entry.Value ?? "")
        where fix is not null
        select $"{entry.Path} is '{entry.Value}', {fix}";
}
