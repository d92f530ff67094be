using System.Reflection;
using Bot.Commands;
using Integrations;
using Runbooks.Actions;
using Runbooks.Secrets;

namespace Bot.Parts;

/// <summary>Puts every discovered part into the container: one instance each, under each contract that it fulfils.</summary>
internal static class PartsSetup
{
    public static IServiceCollection AddParts(this IServiceCollection services, PartCatalog catalog, IConfiguration configuration)
    {
        services.AddSingleton(catalog);
        AddPart<IAlertSource>(services, catalog);
        AddPart<IPager>(services, catalog);
        AddPart<IChatPlatform>(services, catalog);
        AddPart<IStepAction>(services, catalog);
        AddPart<ISecretStore>(services, catalog);
        AddPart<IChatCommand>(services, catalog);
        return services.RegisterIntegrations(catalog, configuration);
    }

    /// <summary>What each integration needs of its own.</summary>
    public static IServiceCollection RegisterIntegrations(
        this IServiceCollection services,
        PartCatalog catalog,
        IConfiguration configuration
    )
    {
        foreach (var integration in catalog.Implementing(typeof(IIntegration)))
        {
            typeof(PartsSetup)
                .GetMethod(nameof(Register), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(integration)
                .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [services, configuration], null);
        }

        return services;
    }

    /// <exception cref="StartException">Two parts of one kind share a name; it names both.</exception>
    public static void VerifyParts(this IServiceProvider services)
    {
        PartCatalog.ByName(services.GetServices<IAlertSource>(), part => [part.Kind]);
        PartCatalog.ByName(services.GetServices<IPager>(), part => [part.Name]);
        PartCatalog.ByName(services.GetServices<IChatPlatform>(), part => [part.Name]);
        PartCatalog.ByName(services.GetServices<IStepAction>(), part => [part.Name]);
        PartCatalog.ByName(services.GetServices<ISecretStore>(), part => [part.Scheme]);
        PartCatalog.ByName(services.GetServices<IChatCommand>(), part => [part.Word, .. part.Aliases]);
    }

    /// <summary>One kind of part: each implementation is a singleton, whatever number of contracts it fulfils.</summary>
    public static void AddPart<TContract>(IServiceCollection services, PartCatalog catalog)
        where TContract : class
    {
        foreach (var type in catalog.Implementing<TContract>())
        {
            if (services.All(known => known.ServiceType != type))
                services.AddSingleton(type);
            services.AddSingleton(provider => (TContract)provider.GetRequiredService(type));
        }
    }

    private static void Register<T>(IServiceCollection services, IConfiguration configuration)
        where T : IIntegration => T.Register(services, configuration);
}
