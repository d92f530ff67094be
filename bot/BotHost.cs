using Bot.Access;
using Bot.Chat;
using Bot.Commands;
using Bot.Desk;
using Bot.Effects;
using Bot.Intake;
using Bot.Log;
using Bot.Observability;
using Bot.Parts;
using Bot.Postmortems;
using Bot.Runs;
using Bot.Schedule;
using Bot.Storage;
using Bot.Timeline;
using Bot.Web;

namespace Bot;

/// <summary>The composition root: what the bot is made of, one line per capability.</summary>
internal static class BotHost
{
    // The largest storm one Alertmanager sends in a request; every other body is far smaller and bounded where it is read.
    private const long LargestBody = 32 * 1024 * 1024;

    /// <summary>Builds a bot that is ready to start, in this process.</summary>
    /// <param name="overrides">Settings that win over the file and the environment.</param>
    /// <param name="services">A last word on the container, for tests: another clock, other ids.</param>
    /// <param name="parts">Null: the product's own parts.</param>
    /// <param name="quiet">Logs warnings only: for commands whose results go to stdout.</param>
    /// <exception cref="StartException">Two parts share a name, or a setting makes no sense; the message says which.</exception>
    public static WebApplication Build(
        IEnumerable<KeyValuePair<string, string?>>? overrides = null,
        Action<IServiceCollection>? services = null,
        PartCatalog? parts = null,
        bool quiet = false
    )
    {
        var root = BotSettings.FindRoot();
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = root, ApplicationName = typeof(BotHost).Assembly.GetName().Name }
        );
        // One list of sources in one place: the builder's own would read the file twice.
        builder.Configuration.Sources.Clear();
        BotSettings.Load(builder.Configuration, root, overrides);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseUrls(ObservabilitySetup.AddressesOf(builder.Configuration));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
        });
        builder.Services.AddSystemd();
        builder.Logging.AddBotLogging(builder.Configuration, quiet);
        AddBot(builder.Services, builder.Configuration, parts ?? PartCatalog.OfProduct);
        services?.Invoke(builder.Services);

        var app = builder.Build();
        app.Services.VerifyParts();
        MapBot(app);
        return app;
    }

    private static void AddBot(IServiceCollection services, ConfigurationManager configuration, PartCatalog parts) =>
        services
            .AddSingleton(TimeProvider.System)
            .AddSingleton<IIdSource, SystemIds>()
            .AddSingleton(FactFamilies.Catalog)
            .AddHttpClient()
            .AddStorage(configuration.ConnectionString())
            .AddNodeLease(configuration)
            .AddReminders(configuration)
            .AddSingleton<IDesk, WritingDesk>()
            .AddAccess()
            .AddParts(parts, configuration)
            .AddRuns()
            .AddSchedules()
            .AddEffects()
            .AddPaging()
            .AddPostmortems()
            .AddCommands()
            .AddChat(configuration)
            .AddTimeline()
            .AddIntake(configuration, SourceOfToken)
            .AddObservability(configuration)
            .AddRetention(configuration)
            .AddWeb(configuration);

    private static void MapBot(WebApplication app)
    {
        // First of all: in an alert storm nothing else runs on the way in.
        app.MapIntake();
        app.MapDoors();
        app.MapObservability();
        app.MapWeb();
    }

    private static Func<string, string?> SourceOfToken(IServiceProvider services)
    {
        var access = services.GetRequiredService<AccessState>();
        return token => access.Current.CallerOfToken(Secret.HashOf(token))?.Source;
    }

    private static IServiceCollection AddAccess(this IServiceCollection services) =>
        services
            .AddSingleton(provider => new LocalToken(provider.GetRequiredService<IIdSource>().NewSecret()))
            .AddSingleton<AccessState>()
            .AddHostedService(provider => provider.GetRequiredService<AccessState>())
            .AddSingleton<AccessDesk>()
            .AddSingleton<Visibility>();
}
