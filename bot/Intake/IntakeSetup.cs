using Bot.Desk;
using Integrations;

namespace Bot.Intake;

internal static class IntakeSetup
{
    public static IServiceCollection AddIntake(
        this IServiceCollection services,
        IConfiguration configuration,
        Func<IServiceProvider, Func<string, string?>> sourceOfToken
    ) =>
        services
            .AddSingleton<IntakeCounters>()
            .AddSingleton<IntakeDesk>()
            .AddSingleton<IntakeEndpoint>()
            .AddSingleton<ConfigShelf>()
            .AddHostedService(provider => provider.GetRequiredService<ConfigShelf>())
            .AddSingleton<SilenceState>()
            .AddHostedService(provider => provider.GetRequiredService<SilenceState>())
            .AddSingleton<SilenceDesk>()
            .AddSingleton(provider => new AlertSources(
                provider.GetServices<IAlertSource>(),
                Sources(configuration),
                own: [(Probe.Source, "probe")],
                sourceOfToken(provider)
            ));

    /// <summary>Stands before everything else: in a storm nothing but this runs, and it has its own authentication.</summary>
    public static void MapIntake(this IApplicationBuilder app)
    {
        var endpoint = app.ApplicationServices.GetRequiredService<IntakeEndpoint>();
        app.Use(
            (context, next) =>
                HttpMethods.IsPost(context.Request.Method)
                && context.Request.Path.Value?.StartsWith("/alerts/", StringComparison.Ordinal) is true
                    ? endpoint.HandleAsync(context)
                    : next(context)
        );
    }

    private static Dictionary<string, AlertSourceOptions> Sources(IConfiguration configuration) =>
        configuration
            .GetSection("Alerts:Sources")
            .GetChildren()
            .ToDictionary(
                source => source.Key,
                source => new AlertSourceOptions
                {
                    Kind = source["Kind"] ?? "",
                    Token = source["Token"],
                    Secret = source["Secret"],
                },
                StringComparer.Ordinal
            );
}
