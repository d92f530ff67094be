using Bot.Parts;
using Bot.Storage;

namespace Bot.Effects;

internal static class EffectsSetup
{
    /// <summary>The outbox with every handler that is found.</summary>
    public static IServiceCollection AddEffects(this IServiceCollection services, IConfiguration configuration)
    {
        foreach (var handler in PartCatalog.OfProduct.Implementing<IEffectHandler>())
            services.AddSingleton(typeof(IEffectHandler), handler);
        services.AddSingleton<EffectTable>();
        services.AddSingleton(provider =>
        {
            var postgres = provider.GetRequiredService<IStore>().Dialect == Dialect.Postgres;
            var name = configuration["Node:Name"];
            return new EffectOptions
            {
                // Two processes may carry one name by mistake; then the claims are still told apart by their epochs.
                Node = string.IsNullOrEmpty(name) ? $"{Environment.MachineName}:{Environment.ProcessId}" : name,
                Poll = postgres ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(30),
                Keep = configuration.GetValue("Retention:Effects", TimeSpan.FromDays(7)),
            };
        });
        services.AddHostedService<EffectRunner>();
        return services;
    }
}
