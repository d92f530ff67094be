using Bot.Access;
using Bot.Storage;
using Bot.Web.Chat;
using Bot.Web.Security;
using Integrations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Bot.Web.Pages;

/// <summary><c>/health</c>: what is well, what waits, what was given up.</summary>
internal static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/health", ShowAsync);
        pages.MapPost("/health/effects/{id}/retry", RetryAsync).RequireAuthorization(Door.Responder);
    }

    private static async Task<IResult> ShowAsync(
        HttpContext context,
        StoreHealth health,
        IStore store,
        IEnumerable<IChatPlatform> platforms,
        IEnumerable<IPager> pagers,
        EffectTable effects,
        LeaseTable leases,
        ILogSignal log,
        TimeProvider time,
        CancellationToken cancel
    ) =>
        new RazorComponentResult<HealthPage>(
            new
            {
                Store = health,
                Database = store.Dialect.Name,
                Platforms = platforms.ToList(),
                Pagers = pagers.ToList(),
                Counts = await effects.CountsAsync(time.GetUtcNow(), cancel),
                Dead = await effects.DeadAsync(50, cancel),
                Refused = (IReadOnlyList<(string, string, long)>)[],
                Leases = await leases.ListAsync(cancel),
                log.Position,
                MayRetry = context.Caller().May(Role.Responder),
            }
        );

    private static async Task<IResult> RetryAsync(
        HttpContext context,
        EffectTable effects,
        Flash flash,
        TimeProvider time,
        string id,
        CancellationToken cancel
    )
    {
        var retried = await effects.RetryAsync(id, time.GetUtcNow(), cancel);
        flash.Put(context, new Said(retried, retried ? "It is tried again now." : "It is no dead letter any more."));
        return Results.Redirect("/health");
    }
}
