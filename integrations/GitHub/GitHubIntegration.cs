using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Integrations.GitHub;

/// <summary>What GitHub's folder needs.</summary>
internal sealed class GitHubIntegration : IIntegration
{
    public static void Register(IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton(GitHubOptions.From(configuration)).AddSingleton<GitHubAccess>();
}
