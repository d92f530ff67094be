using Bot.Storage;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Bot.Runs;

internal static class RunsSetup
{
    // For whatever else has to end with the process.
    private static readonly TimeSpan AfterDrain = TimeSpan.FromSeconds(15);

    /// <summary>Runbooks and their runs. Scripts and actions are discovered parts.</summary>
    public static IServiceCollection AddRuns(this IServiceCollection services)
    {
        services.AddOptions<HostOptions>().Configure<RunOptions>((host, runs) => host.ShutdownTimeout = runs.Drain + AfterDrain);
        return services
            .AddSingleton<OutputTable>()
            .AddSingleton<DefinitionTable>()
            .AddSingleton<CountTable>()
            .AddSingleton<Definitions>()
            .AddSingleton<RunbookShelf>()
            .AddSingleton<IRunbookShelf>(provider => provider.GetRequiredService<RunbookShelf>())
            .AddHostedService(provider => provider.GetRequiredService<RunbookShelf>())
            .AddSingleton<RunOutput>()
            .AddSingleton<IRunOutput>(provider => provider.GetRequiredService<RunOutput>())
            .AddSingleton<IOutputSink>(provider => provider.GetRequiredService<RunOutput>())
            .AddHostedService(provider => provider.GetRequiredService<RunOutput>())
            .AddSingleton(provider => RunArtifacts.LimitsOf(provider.GetRequiredService<IConfiguration>()))
            .AddSingleton<IArtifactStore, RunArtifacts>()
            .AddSingleton<EchoGuard>()
            .AddSingleton<AutomationSwitch>()
            .AddSingleton(provider => DrillOptions.From(provider.GetRequiredService<IConfiguration>()))
            .AddSingleton<RunbookDrill>()
            .AddSingleton<RunSurroundings>()
            .AddSingleton<SecretReader>()
            .AddSingleton(provider => RunOptions.From(provider.GetRequiredService<IConfiguration>()))
            .AddSingleton<RunConductor>()
            .AddHostedService(provider => provider.GetRequiredService<RunConductor>())
            .AddSingleton<RunDesk>()
            .AddSingleton<IRunDesk>(provider => provider.GetRequiredService<RunDesk>());
    }
}
