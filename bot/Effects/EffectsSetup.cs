using Bot.Storage;

namespace Bot.Effects;

internal static class EffectsSetup
{
    /// <summary>The outbox; its handlers are parts.</summary>
    public static IServiceCollection AddEffects(this IServiceCollection services)
    {
        services.AddSingleton<EffectTable>().AddSingleton<EffectClaims>();
        services.AddSingleton(provider =>
        {
            var alone = provider.GetRequiredService<IStore>().Dialect == Dialect.Sqlite;
            return new EffectOptions
            {
                Node = provider.GetRequiredService<NodeLease>().Name,
                Poll = alone ? TimeSpan.FromSeconds(30) : TimeSpan.FromSeconds(1),
                UnknownKind = alone ? TimeSpan.Zero : TimeSpan.FromMinutes(5),
            };
        });
        services.AddHostedService<EffectRunner>();
        return services;
    }
}
