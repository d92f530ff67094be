using System.Globalization;
using Bot.Desk;
using Bot.Runs;
using Bot.Storage;
using Bot.Web.Live;
using Bot.Web.Security;

namespace Bot.Web.Api;

/// <summary><c>GET /api/v1/runs/{id}/output</c>: a page of lines, or (<c>Accept: text/event-stream</c>) these and all that come.</summary>
internal static class OutputApi
{
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/runs/{id}/output", ReadAsync)
            .Produces<Listing<OutputAnswer>>()
            .Produces(200, contentType: "text/event-stream")
            .ProducesProblem(400)
            .ProducesProblem(404)
            .WithSummary(
                "Numbered lines of output past ?after=; with Accept: text/event-stream they come live, and Last-Event-ID wins over ?after="
            );

    private static async Task<IResult> ReadAsync(
        HttpContext context,
        RunTable runs,
        IRunOutput output,
        OutputStream stream,
        Visibility visibility,
        IHostApplicationLifetime lifetime,
        string id,
        string? after,
        int? limit,
        CancellationToken cancel
    )
    {
        var caller = context.Caller();
        if (await RunsApi.FindAsync(runs, visibility, caller, id, cancel) is null)
            return Problems.NotFound("run " + id);
        var live = context
            .Request.GetTypedHeaders()
            .Accept.Any(type => type.MediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase));
        var last = live ? context.Request.Headers["Last-Event-ID"].ToString() : "";
        var from = last.Length > 0 ? last : after;
        var number = 0L;
        if (!string.IsNullOrEmpty(from) && !long.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            return Problems.Invalid(new InvalidField(last.Length > 0 ? "Last-Event-ID" : "after", from, "Use the number of a line."));
        if (live)
            return await FollowAsync(context, stream, id, number, lifetime, cancel);
        var most = Limits.Of(limit, Limits.Most);
        var lines = await output.ReadAsync(id, number, most, cancel);
        return Results.Ok(
            new Listing<OutputAnswer>(
                [.. lines.Select(OutputAnswer.Of)],
                lines.Count == most ? lines[^1].N.ToString(CultureInfo.InvariantCulture) : null
            )
        );
    }

    private static async Task<IResult> FollowAsync(
        HttpContext context,
        OutputStream stream,
        string id,
        long after,
        IHostApplicationLifetime lifetime,
        CancellationToken cancel
    )
    {
        // A stream would hold up the shutdown until its grace period is over.
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancel, lifetime.ApplicationStopping);
        try
        {
            await stream.WriteAsync(context.Response, context.Caller(), id, after, ends.Token);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The browser went away, or we do: the stream is resumed by its last number.
        }

        return Results.Empty;
    }
}

/// <param name="N">From 1, in the order of the run.</param>
internal sealed record OutputAnswer(long N, string Step, DateTimeOffset At, string Stream, string Text)
{
    public static OutputAnswer Of(OutputLine line) => new(line.N, line.Step, line.At, line.Stream, line.Text);
}
