using Bot.Storage;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Bot.Observability;

internal static class ObservabilitySetup
{
    private const string Path = "/metrics";

    public static IServiceCollection AddObservability(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddSingleton<StoreHealth>()
            .AddSingleton<GaugeTable>()
            .AddSingleton<Gauges>()
            .AddHostedService<IdleMemory>()
            .AddHostedService<StoreWatch>()
            .AddHostedService<DeadManSignal>()
            .Configure<DeadManOptions>(configuration.GetSection("DeadMan"));
        var telemetry = services
            .AddOpenTelemetry()
            .WithMetrics(metrics =>
                metrics
                    .AddMeter(Meters.Name)
                    .AddMeter("System.Runtime")
                    .AddPrometheusExporter(prometheus => prometheus.ScrapeResponseCacheDurationMilliseconds = 0)
            );
        // Traces cost something on each request, so they are made only where somebody collects them.
        if (configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 })
        {
            telemetry.WithTracing(traces =>
                traces.AddSource(Traces.Name).AddAspNetCoreInstrumentation().AddProcessor(new RoutesForPaths()).AddOtlpExporter()
            );
            telemetry.WithMetrics(metrics => metrics.AddOtlpExporter());
        }

        return services;
    }

    /// <summary>
    /// <c>/metrics</c> by token like everything else; with <c>Metrics:Url</c> also without one, on an address of its own that
    /// serves nothing but the metrics.
    /// </summary>
    public static WebApplication MapObservability(this WebApplication app)
    {
        if (MetricsPort(app.Configuration) is { } port)
        {
            app.UseOpenTelemetryPrometheusScrapingEndpoint(context => context.Connection.LocalPort == port && context.Request.Path == Path);
            app.Use(
                (context, next) =>
                {
                    if (context.Connection.LocalPort != port)
                        return next(context);
                    context.Response.StatusCode = StatusCodes.Status404NotFound;
                    return Task.CompletedTask;
                }
            );
        }

        app.MapPrometheusScrapingEndpoint(Path);
        return app;
    }

    /// <summary>The addresses to listen on.</summary>
    public static string[] AddressesOf(IConfiguration configuration) =>
        [
            .. (configuration["Urls"] ?? "http://127.0.0.1:5080").Split(
                ';',
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            ),
            .. configuration["Metrics:Url"] is { Length: > 0 } metrics ? [metrics] : Array.Empty<string>(),
        ];

    private static int? MetricsPort(IConfiguration configuration) =>
        configuration["Metrics:Url"] is { Length: > 0 } url ? BindingAddress.Parse(url).Port : null;
}
