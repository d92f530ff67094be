using Bot.Desk;
using Bot.Log;
using Bot.Runs;
using Bot.Storage;

namespace Bot.Cli.DemoData;

/// <param name="Incidents">How many, at least <see cref="Open"/>.</param>
/// <param name="Months">How far back they go, of 30 days each.</param>
/// <param name="Seed">The same seed and the same end give the same history, to the byte.</param>
/// <param name="End">The present.</param>
internal sealed record DemoWish(int Incidents, int Months, int Seed, DateTimeOffset End)
{
    /// <summary>Incidents that are still open in the end.</summary>
    public const int Open = 3;
}

/// <summary>Weeks of incidents, as a team would have had them, in a database.</summary>
internal static class DemoHistory
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    /// <summary>Opens the database of the settings and writes into it; no part of the bot runs meanwhile that would act on it.</summary>
    /// <param name="overrides">Settings that win over the file and the environment.</param>
    /// <param name="add">Into what is there, too.</param>
    /// <returns>False where there are incidents already and <paramref name="add"/> was not said.</returns>
    /// <exception cref="Storage.Sqlite.StoreInUseException">A server has the database.</exception>
    public static async Task<bool> WriteAsync(
        DemoWish wish,
        bool add,
        IEnumerable<KeyValuePair<string, string?>>? overrides,
        CancellationToken cancel
    )
    {
        var begin = wish.End - (wish.Months * Month);
        var clock = new DemoClock(begin);
        var random = new Random(wish.Seed);
        await using var bot = BotHost.Build(overrides, services => Replace(services, clock, random, wish.End), quiet: true);
        bot.Services.GetRequiredService<IStore>();
        if (!add && (await bot.Services.GetRequiredService<IncidentTable>().ListAsync(new IncidentQuery(Limit: 1), cancel)).Count > 0)
            return false;
        bot.Services.GetRequiredService<RunbookShelf>().Reload();
        var output = bot.Services.GetRequiredService<RunOutput>();
        await output.StartAsync(cancel);
        try
        {
            await PlayAsync(bot.Services, wish, begin, clock, new DemoChance(random), cancel);
        }
        finally
        {
            await output.StopAsync(CancellationToken.None);
        }

        return true;
    }

    private static void Replace(IServiceCollection services, DemoClock clock, Random random, DateTimeOffset end)
    {
        var log = services.Last(service => service.ServiceType == typeof(ILogStore)).ImplementationType!;
        services
            .AddSingleton<TimeProvider>(clock)
            .AddSingleton<IIdSource>(new SystemIds(clock, random))
            .AddSingleton<ILogStore>(provider => new QuietLog((ILogStore)ActivatorUtilities.CreateInstance(provider, log), end));
    }

    private static async Task PlayAsync(
        IServiceProvider bot,
        DemoWish wish,
        DateTimeOffset begin,
        DemoClock clock,
        DemoChance chance,
        CancellationToken cancel
    )
    {
        var stage = new DemoStage(clock, wish.End);
        var desk = bot.GetRequiredService<IDesk>();
        var alerts = ActivatorUtilities.CreateInstance<DemoAlerts>(bot);
        var known = bot.GetRequiredService<RunbookShelf>();
        // A folder of other runbooks than those that ship: what they do not repair, people report.
        List<DemoTrouble> reported = [.. DemoTrouble.Reported.Where(trouble => known.FindSet(trouble.Runbook!) is not null)];
        using var sources = (reported.Count > 0 ? chance.Rounds(reported) : chance.Rounds(DemoTrouble.Told)).GetEnumerator();
        using var people = chance.Rounds(DemoTrouble.Told).GetEnumerator();

        var past = wish.Incidents - DemoWish.Open;
        var span = wish.End - begin - TimeSpan.FromHours(12);
        for (var i = 0; i < past; i++)
            Add(AtWork(begin + (span * i / past), span / past), byAlert: chance.In(75), DemoEnd.Over);
        Add(wish.End - TimeSpan.FromMinutes(75), byAlert: false, DemoEnd.Unsolved);
        if (known.FindSet(DemoTrouble.Harmless.Runbook!) is not null)
            Begin(wish.End - TimeSpan.FromMinutes(13), DemoTrouble.Harmless, DemoEnd.Undecided);
        Add(wish.End - TimeSpan.FromMinutes(4), byAlert: true, DemoEnd.Unheard);
        await stage.PlayAsync(cancel);

        void Add(DateTimeOffset at, bool byAlert, DemoEnd ends) => Begin(at, Next(byAlert ? sources : people), ends);

        void Begin(DateTimeOffset at, DemoTrouble trouble, DemoEnd ends)
        {
            var story = new DemoStory(
                trouble,
                ends,
                desk,
                stage,
                clock,
                chance,
                alerts,
                () => ActivatorUtilities.CreateInstance<DemoRun>(bot, clock, chance)
            );
            stage.Add(at, trouble.Runbook is null ? story.ToldAsync(cancel) : story.ReportedAsync(cancel));
        }

        // Most trouble comes while people change things: on working days, from 8 to 19 o'clock.
        DateTimeOffset AtWork(DateTimeOffset from, TimeSpan within)
        {
            var at = from + (chance.Between(0, 1000) / 1000.0 * within);
            var asleep = at.Hour is < 8 or > 18 || at.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
            var moved = new DateTimeOffset(at.Date, TimeSpan.Zero) + chance.Hours(8, 19);
            return asleep && chance.In(70) && moved < wish.End - TimeSpan.FromHours(12) && moved >= begin ? moved : at;
        }
    }

    private static T Next<T>(IEnumerator<T> rounds) =>
        rounds.MoveNext() ? rounds.Current : throw new InvalidOperationException("Rounds never end.");
}
