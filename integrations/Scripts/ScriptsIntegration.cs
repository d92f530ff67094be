using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Runbooks.Running;

namespace Integrations.Scripts;

/// <summary>Scripts on this machine.</summary>
public sealed class ScriptsIntegration : IIntegration
{
    public static void Register(IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton<IScriptRunner, ScriptRunner>();
}
