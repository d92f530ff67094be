using Bot.Alerts;
using Bot.Effects;
using Bot.Intake;
using Bot.Paging;
using Integrations;

namespace Bot.Chat;

/// <summary>
/// Looks by day whether the people whom routes call can be called: a name that nobody has is found before the night in which it would be
/// called. Whom a chat platform knows becomes known here by that.
/// </summary>
internal sealed partial class CalledPeople(
    ConfigShelf config,
    IEnumerable<IPager> pagers,
    IStrangers strangers,
    TimeProvider time,
    ILogger<CalledPeople> logger
) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(5);
    private IReadOnlyList<string> troubles = [];

    /// <summary>Whom routes call who cannot be called as they should, in words for the health page.</summary>
    public IReadOnlyList<string> Troubles => Volatile.Read(ref troubles);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Volatile.Write(ref troubles, await LookAsync(stoppingToken));
            }
            // The edge of the loop: the next look comes.
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.NotLooked(logger, e);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(Look, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<IReadOnlyList<string>> LookAsync(CancellationToken cancel)
    {
        var found = new List<string>();
        var called = config.Current.Routes.Routes.SelectMany(route => NamesOf(route).Select(name => (Route: route.Name, Name: name)));
        foreach (var person in called.Distinct().GroupBy(one => one.Name, one => one.Route, StringComparer.Ordinal))
        {
            if (new PageTarget("user", person.Key).IsKnownTo(pagers))
                continue;
            var stranger = await strangers.FindAsync(person.Key, cancel);
            var isKnown = pagers.Any(pager => pager.IsOn && pager.CanReach("user", person.Key));
            if (stranger.Name is null && (!isKnown || stranger.Why is not null))
                found.Add(
                    $"user:{person.Key}, whom {string.Join(", ", person)} of the routes would call, "
                        + (isKnown ? "is called in the web console alone" : "cannot be called")
                        + $": {stranger.Why ?? "nobody is known by that name"}. See docs/slack.md, Who is who."
                );
        }

        return found;
    }

    private static IEnumerable<string> NamesOf(AlertRoute route) =>
        route
            .Page.Concat(route.PageThen.SelectMany(level => level.Targets))
            .Where(target => target.Kind is "user")
            .Select(target => target.Name);

    private static partial class Log
    {
        [LoggerMessage(757, LogLevel.Warning, "Whether everybody can be called whom the routes call could not be looked up")]
        public static partial void NotLooked(ILogger logger, Exception e);
    }
}
