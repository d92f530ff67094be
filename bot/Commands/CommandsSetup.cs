using Integrations;

namespace Bot.Commands;

internal static class CommandsSetup
{
    /// <summary>The way to the commands; they themselves are discovered with the other parts.</summary>
    public static IServiceCollection AddCommands(this IServiceCollection services)
    {
        services.AddSingleton<CommandSet>();
        // The help is a command itself: it may look at the set only after the set is made.
        services.AddSingleton(provider => new Lazy<CommandSet>(provider.GetRequiredService<CommandSet>));
        // Runs post into incidents and may come to use commands; commands start runs.
        services.AddSingleton(provider => new Lazy<Runs.IRunDesk>(provider.GetRequiredService<Runs.IRunDesk>));
        services.AddSingleton(provider => new Lazy<Runs.AutomationSwitch>(provider.GetRequiredService<Runs.AutomationSwitch>));
        services.AddSingleton<ChatRunbooks>();
        services.AddSingleton<People>();
        services.AddSingleton<CommandDispatcher>().AddSingleton(Haste.Usual).AddSingleton<PlatformsInTime>();
        return services;
    }
}
