using Bot.Access;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Tests.Support;

namespace Tests.Acceptance;

/// <summary>
/// The whole bot, told in sentences: alerts come in at the front door, people type and press buttons in the console, a phone
/// rings, time passes when we say so.
/// </summary>
public abstract class Scenario : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private const string Routes = """
        routes:
          - name: web
            severity: { label: severity, map: { critical: sev1, warning: sev3 }, otherwise: sev4 }
            service: service
            page: { targets: [ "webhook:phone" ], every: 5m, attempts: 3 }
            resolve: by-itself
            cooldown: 30m
        """;

    private protected Stage Stage { get; private set; } = null!;

    private protected Phone Phone { get; private set; } = null!;

    /// <summary>A responder, as <see cref="Bruno"/>.</summary>
    private protected Person Anna { get; private set; } = null!;

    private protected Person Bruno { get; private set; } = null!;

    /// <summary>An approver.</summary>
    private protected Person Olga { get; private set; } = null!;

    /// <summary>May look, and nothing else.</summary>
    private protected Person Vera { get; private set; } = null!;

    private protected virtual IReadOnlyList<string> Runbooks => [];

    public async Task InitializeAsync()
    {
        Phone = await Phone.PlugInAsync();
        var time = new FakeTimeProvider(Noon);
        var bot = await BotUnderTest.StartAsync(
            Routes,
            Runbooks,
            new Dictionary<string, string?> { ["Paging:Webhooks:phone:Url"] = Phone.Address.ToString() },
            services => services.AddSingleton<TimeProvider>(time)
        );
        Stage = new Stage(bot, time);
        Anna = new Person(Stage, await bot.PersonAsync("anna", Role.Responder));
        Bruno = new Person(Stage, await bot.PersonAsync("bruno", Role.Responder));
        Olga = new Person(Stage, await bot.PersonAsync("olga", Role.Approver));
        Vera = new Person(Stage, await bot.PersonAsync("vera", Role.Viewer));
    }

    public async Task DisposeAsync()
    {
        await Stage.Bot.DisposeAsync();
        await Phone.DisposeAsync();
    }

    /// <summary>An alert of the service <c>web</c> that an Alertmanager watches.</summary>
    private protected Alert Alert(string name, string severity = "critical") => new(Stage, name, severity);

    private protected Channel Channel(string incident) => new(Stage, Anna, incident);

    private protected Task Passes(TimeSpan span) => Stage.PassesAsync(span);

    private protected static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);
}
