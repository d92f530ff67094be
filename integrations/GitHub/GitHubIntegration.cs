using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Integrations.GitHub;

/// <summary>What GitHub's folder needs.</summary>
internal sealed class GitHubIntegration : IIntegration
{
    public static void Register(IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton(GitHubOptions.From(configuration)).AddSingleton<GitHubAccess>();

    public static IEnumerable<string> Problems(IConfiguration configuration)
    {
        var section = configuration.GetSection(GitHubOptions.Section);
        if (section["AppId"] is not { Length: > 0 })
            yield break;
        if (section["PrivateKey"] is not { Length: > 0 } key)
            yield return "GitHub:AppId is set and GitHub:PrivateKey is not. Give the app's private key as PEM.";
        else if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            yield return "GitHub:PrivateKey is no PEM. Give the whole file that GitHub made, from -----BEGIN to END-----.";
    }
}
