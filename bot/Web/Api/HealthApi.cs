using Bot.Parts;
using Bot.Storage;

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

    private static IResult Parts(IServiceProvider services) =>
        Results.Ok(
            new Listing<PartAnswer>(
                [
                    .. PartKind.All.SelectMany(kind =>
                        services
                            .GetServices(kind.Contract)
                            .OfType<object>()
                            .Select(part => PartAnswer.Of(kind, part))
                            .OrderBy(part => part.Name, StringComparer.Ordinal)
                    ),
                ],
                null
            )
        );

    internal sealed record HealthAnswer(string Status);

    internal sealed record PartAnswer(string Kind, string Name, string Type, string Assembly)
    {
        public static PartAnswer Of(PartKind kind, object part) =>
            new(kind.Word, kind.Names(part)[0], part.GetType().FullName!, part.GetType().Assembly.GetName().Name!);
    }
}
