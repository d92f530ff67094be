using System.Reflection;
using Integrations;

namespace Bot.Parts;

/// <summary>Puts every discovered part into the container: under each contract that it fulfils.</summary>
internal static class PartsSetup
{
    public static IServiceCollection AddParts(this IServiceCollection services, PartCatalog catalog, IConfiguration configuration)
    {
        services.AddSingleton(catalog);
        foreach (var kind in PartKind.All)
        {
            foreach (var type in catalog.Implementing(kind.Contract))
            {
                // One instance, whatever number of contracts it fulfils.
                if (services.All(known => known.ServiceType != type))
                    services.AddSingleton(type);
                services.AddSingleton(kind.Contract, provider => provider.GetRequiredService(type));
            }
        }

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
            Call<object?>(nameof(Register), integration, services, configuration);
        return services;
    }

    /// <summary>What the integrations find wrong with their settings.</summary>
    public static IEnumerable<string> SettingProblems(PartCatalog catalog, IConfiguration configuration) =>
        catalog
            .Implementing(typeof(IIntegration))
            .SelectMany(integration => Call<IEnumerable<string>>(nameof(Problems), integration, configuration));

    /// <exception cref="StartException">Two parts of one kind share a name; it names both.</exception>
    public static void VerifyParts(this IServiceProvider services)
    {
        foreach (var kind in PartKind.All)
            PartCatalog.ByName(services.GetServices(kind.Contract).OfType<object>(), kind.Names, kind.Word);
    }

    private static void Register<T>(IServiceCollection services, IConfiguration configuration)
        where T : IIntegration => T.Register(services, configuration);

    private static IEnumerable<string> Problems<T>(IConfiguration configuration)
        where T : IIntegration => T.Problems(configuration);

    private static TResult Call<TResult>(string method, Type integration, params object[] arguments) =>
        (TResult)
            typeof(PartsSetup)
                .GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(integration)
                .Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;
}
