using Bot.Commands;
using Bot.Effects;
using Bot.Storage;
using Integrations;
using Runbooks.Actions;
using Runbooks.Secrets;

namespace Bot.Web.Api;

/// <summary><c>/health/*</c></summary>
internal static class HealthApi
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => Results.Ok(new HealthAnswer("ok")))
            .AllowAnonymous()
            .Produces<HealthAnswer>()
            .WithSummary("The process runs");
        app.MapGet("/health/ready", ReadyAsync)
            .AllowAnonymous()
            .Produces<HealthAnswer>()
            .ProducesProblem(503)
            .WithSummary("The process can take work");
        app.MapGet("/health/parts", Parts).Produces<Listing<PartAnswer>>().WithSummary("Every part that was discovered, by kind");
    }

    private static async Task<IResult> ReadyAsync(StoreHealth health, LeaseTable leases, TimeProvider time, CancellationToken cancel)
    {
        if (health.Problem is { } problem)
            return Problems.Of(503, "Not ready", $"The database takes no writes: {problem.Reason}");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using var timer = time.CreateTimer(_ => patience.Cancel(), null, Patience, Timeout.InfiniteTimeSpan);
        try
        {
            await leases.ListAsync(patience.Token).WaitAsync(patience.Token);
            return Results.Ok(new HealthAnswer("ok"));
        }
        catch (Exception exception) when (!cancel.IsCancellationRequested)
        {
            // Open to strangers: what is wrong, but not where the database is.
            return Problems.Of(503, "Not ready", $"The database does not answer ({exception.GetType().Name}).");
        }
    }

    private static IResult Parts(
        IEnumerable<IAlertSource> sources,
        IEnumerable<IStepAction> actions,
        IEnumerable<IChatPlatform> platforms,
        IEnumerable<IPager> pagers,
        IEnumerable<IChatCommand> commands,
        IEnumerable<IEffectHandler> effects,
        IEnumerable<ISecretStore> stores
    ) =>
        Results.Ok(
            new Listing<PartAnswer>(
                [
                    .. Of("alert-source", sources, part => part.Kind),
                    .. Of("action", actions, part => part.Name),
                    .. Of("chat-platform", platforms, part => part.Name),
                    .. Of("pager", pagers, part => part.Name),
                    .. Of("command", commands, part => part.Word),
                    .. Of("effect", effects, part => part.Kind),
                    .. Of("secret-store", stores, part => part.Scheme),
                ],
                null
            )
        );

    private static IEnumerable<PartAnswer> Of<T>(string kind, IEnumerable<T> parts, Func<T, string> name)
        where T : notnull =>
        parts
            .Select(part => new PartAnswer(kind, name(part), part.GetType().FullName!, part.GetType().Assembly.GetName().Name!))
            .OrderBy(part => part.Name, StringComparer.Ordinal);

    internal sealed record HealthAnswer(string Status);

    internal sealed record PartAnswer(string Kind, string Name, string Type, string Assembly);
}
