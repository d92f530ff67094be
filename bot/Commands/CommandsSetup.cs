using Bot.Parts;

namespace Bot.Commands;

internal static class CommandsSetup
{
    /// <summary>Every command that is found, and the way to them.</summary>
    public static IServiceCollection AddCommands(this IServiceCollection services)
    {
        foreach (var command in PartCatalog.OfProduct.Implementing<IChatCommand>())
            services.AddSingleton(typeof(IChatCommand), command);
        services.AddSingleton<CommandSet>();
        // The help is a command itself: it may look at the set only after the set is made.
        services.AddSingleton(provider => new Lazy<CommandSet>(provider.GetRequiredService<CommandSet>));
        services.AddSingleton<CommandDispatcher>();
        return services;
    }
}
