using Integrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Tests.FakeSlack;
using Tests.Support;
using BotRole = Bot.Access.Role;

namespace Tests.Slack;

/// <summary>
/// The whole bot beside a pretended Slack, told in sentences: people type, press and write there; channels expect cards. At the
/// end every request that the bot sent is held against Slack's official types, limits and name rules.
/// </summary>
public abstract class SlackStory : IAsyncLifetime
{
    private HttpClient? console;

    private protected SlackServer Slack { get; private set; } = null!;

    private protected BotUnderTest Bot { get; private set; } = null!;

    /// <summary>A member, as <see cref="Bruno"/>: a responder.</summary>
    private protected Person Anna { get; private set; } = null!;

    private protected Person Bruno { get; private set; } = null!;

    /// <summary>She administers the workspace: an approver.</summary>
    private protected Person Olga { get; private set; } = null!;

    /// <summary>A guest in the workspace.</summary>
    private protected Person Gus { get; private set; } = null!;

    private protected virtual string? Routes => null;

    private protected virtual IReadOnlyList<string> Runbooks => [];

    private protected virtual bool OverHttp => false;

    private protected virtual IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>();

    /// <summary>The clock of the bot and of Slack; null: the true one.</summary>
    private protected virtual TimeProvider? Clock => null;

    // Slack's three seconds are fifteen here, and whatever the bot allows itself in them is as much longer: a busy machine is no reason to fail.
    private const int Unhurried = 5;

    /// <summary>A last word on the workspace before the bot starts.</summary>
    private protected virtual void Furnish() { }

    public async Task InitializeAsync()
    {
        Slack = await SlackServer.StartAsync(Clock);
        Slack.Delivery.Patience *= Unhurried;
        Slack.Workspace.TriggerLife *= Unhurried;
        Anna = Slack.AddPerson("anna");
        Bruno = Slack.AddPerson("bruno");
        Olga = Slack.AddPerson("olga", admin: true);
        Gus = Slack.AddPerson("gus", guest: true);
        Slack.AddChannel("general", members: [Anna, Bruno, Olga, Gus]);
        Slack.AddGroup("oncall", Anna, Bruno);
        Furnish();
        Bot = await StartBotAsync();
    }

    /// <summary>Anna has declared inc-1, "Mail is stuck", and its channel stands with its first cards.</summary>
    private protected async Task<Place> MailStuckAsync()
    {
        (await Anna.Types("/incident declare Mail is stuck")).ShouldContain("inc-1");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("Declared: Mail is stuck");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        return channel;
    }

    public virtual async Task DisposeAsync()
    {
        await Bot.DisposeAsync();
        await Slack.DisposeAsync();
        await Slack.Calls.AreRightAsync();
    }

    /// <summary>The bot is ended in order and started again, on a database that lies elsewhere.</summary>
    private protected async Task RestartBotAsync()
    {
        await Bot.DisposeAsync();
        console = null;
        Bot = await StartBotAsync();
    }

    private protected Task<BotUnderTest> StartBotAsync(IReadOnlyDictionary<string, string?>? more = null)
    {
        var settings = new Dictionary<string, string?>(Settings)
        {
            ["Slack:BotToken"] = Workspace.BotToken,
            ["Slack:AppToken"] = OverHttp ? "" : Workspace.AppToken,
            ["Slack:SigningSecret"] = Workspace.SigningSecret,
            ["Slack:ApiUrl"] = Slack.ApiUrl.ToString(),
        };
        foreach (var (key, value) in more ?? new Dictionary<string, string?>())
            settings[key] = value;
        return StartAsync(settings);
    }

    /// <summary>Lets ten seconds of a clock go by in one, until it is stopped.</summary>
    private protected static async Task PassAsync(FakeTimeProvider time, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, stop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Types a line in the web console's stead, as somebody called <c>console</c>.</summary>
    private protected async Task<string> Console(string text, string? channel)
    {
        console ??= await Bot.TokenAsync(BotRole.Admin, "console");
        return await BotUnderTest.SayAsync(console, text, channel);
    }

    private protected async Task<IReadOnlyList<string>> TimelineAsync(string incident = "inc-1") =>
        [.. (await TimelineEntriesAsync(incident)).Select(entry => entry.GetProperty("text").GetString()!)];

    private protected async Task<IReadOnlyList<System.Text.Json.JsonElement>> TimelineEntriesAsync(string incident = "inc-1")
    {
        console ??= await Bot.TokenAsync(BotRole.Admin, "console");
        var json = await BotUnderTest.JsonAsync(console, $"/api/v1/incidents/{incident}/timeline?limit=500");
        return [.. json.GetProperty("items").EnumerateArray()];
    }

    /// <summary>The timeline comes to have this line.</summary>
    private protected Task Tells(string line) =>
        Until.Holds(
            async () => (await TimelineAsync()).Contains(line),
            $"'{line}' on the timeline",
            async () => string.Join('\n', await TimelineAsync())
        );

    private async Task<BotUnderTest> StartAsync(Dictionary<string, string?> settings)
    {
        var bot = await BotUnderTest.StartAsync(
            Routes,
            Runbooks,
            settings,
            services =>
            {
                services.AddSingleton(new Haste(Haste.Usual.Look * Unhurried, Haste.Usual.Request * Unhurried));
                if (Clock is { } clock)
                    services.AddSingleton(clock);
            }
        );
        if (OverHttp)
            Slack.Delivery.RequestUrl = new Uri(bot.Address, "/slack/events");
        else
            await Slack.Sockets.HasMadeAsync(1);
        return bot;
    }
}
