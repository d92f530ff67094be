using Bot.Access;
using Bot.Chat;
using Bot.Desk;
using Bot.Intake;
using Bot.Runs;
using Bot.Storage;
using Bot.Web.Chat;
using Bot.Web.Security;
using Integrations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Bot.Web.Pages;

/// <summary><c>/health</c>: what is well, what waits, what was given up.</summary>
internal sealed class HealthEndpoints : IPages
{
    private const int MostDead = 50;

    public string Path => "/health";

    public IReadOnlyList<NavigationEntry> Navigation { get; } = [new("/health", "Health", "health", 70)];

    public void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/health", ShowAsync);
        pages.MapPost("/health/effects/{id}/retry", RetryAsync).RequireAuthorization(Door.Responder);
    }

    private static async Task<IResult> ShowAsync(
        HttpContext context,
        StoreHealth health,
        IStore store,
        IEnumerable<IChatPlatform> platforms,
        ChatOptions chat,
        IEnumerable<IPager> pagers,
        CalledPeople called,
        EffectTable effects,
        PostTable posts,
        RoomTable rooms,
        HeldBoard held,
        Visibility visibility,
        EffectSight sight,
        IntakeCounters intake,
        LeaseTable leases,
        ILogSignal log,
        ConfigShelf config,
        RunbookDrill drill,
        TimeProvider time,
        CancellationToken cancel
    )
    {
        var dead = new List<EffectRow>();
        foreach (var effect in await effects.DeadAsync(MostDead, cancel))
        {
            if (await sight.MaySeeAsync(context.Caller(), effect, cancel))
                dead.Add(effect);
        }

        async Task<List<T>> SeenAsync<T>(IEnumerable<T> rows, Func<T, int> incident)
        {
            var seen = new List<T>();
            foreach (var row in rows)
            {
                if (await visibility.MaySeeAsync(context.Caller(), incident(row), cancel))
                    seen.Add(row);
            }

            return seen;
        }

        return new RazorComponentResult<HealthPage>(
            new
            {
                Store = health,
                Database = store.Dialect.Name,
                Platforms = platforms.ToList(),
                chat.Silence,
                Pagers = pagers.ToList(),
                NotCalled = called.Troubles,
                Counts = await effects.CountsAsync(time.GetUtcNow(), cancel),
                Dead = dead,
                Posts = await posts.CountsAsync(cancel),
                Refusals = await SeenAsync(await rooms.RefusedAsync(MostDead, cancel), room => room.Incident),
                Waiting = await SeenAsync(await rooms.UntoldAsync(MostDead, cancel), room => room.Incident),
                Holds = await SeenAsync(held.At(time.GetUtcNow()), hold => hold.Incident),
                Failed = context.Caller().May(Role.Admin) ? await posts.FailedAsync(MostDead, cancel) : [],
                Refused = intake.RefusedBySource,
                Config = config.Problems,
                Rotten = (await drill.LastAsync(cancel)).Where(report => report.IsRotten).ToList(),
                Leases = await leases.ListAsync(cancel),
                log.Position,
                MayRetry = context.Caller().May(Role.Responder),
            }
        );
    }

    private static async Task<IResult> RetryAsync(
        HttpContext context,
        EffectTable effects,
        EffectSight sight,
        Flash flash,
        TimeProvider time,
        string id,
        CancellationToken cancel
    )
    {
        if (await effects.FindAsync(id, cancel) is not { } effect || !await sight.MaySeeAsync(context.Caller(), effect, cancel))
            return ErrorPage.NotFound("dead letter " + id);
        var retried = await effects.RetryAsync(id, time.GetUtcNow(), cancel);
        flash.Put(context, new Said(retried, retried ? "It is tried again now." : "It is no dead letter any more."));
        return Results.Redirect("/health");
    }
}
