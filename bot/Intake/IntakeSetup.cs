using Integrations;

namespace Bot.Intake;

internal static class IntakeSetup
{
    public static IServiceCollection AddIntake(
        this IServiceCollection services,
        IConfiguration configuration,
        string root,
        Func<IServiceProvider, Func<string, string?>> sourceOfToken
    ) =>
        services
            .AddSingleton<IntakeCounters>()
            .AddSingleton<IntakeEndpoint>()
            .AddSingleton(_ => Routes(Path.Combine(root, configuration["Config:Path"] ?? "config")))
            .AddSingleton(provider => new AlertSources(
                provider.GetServices<IAlertSource>(),
                Sources(configuration),
                provider.GetRequiredService<RouteBook>(),
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

    /// <exception cref="InvalidOperationException">The file has problems; the message lists them all.</exception>
    private static RouteBook Routes(string folder)
    {
        var file = Path.Combine(folder, "routes.yaml");
        if (!File.Exists(file))
            return new RouteBook([RouteBook.Default]);
        var (book, problems) = RouteFile.Read(file, File.ReadAllText(file));
        return problems.Count == 0
            ? book
            : throw new InvalidOperationException($"{file} has problems:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}");
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
