using System.Globalization;
using Bot.Desk;
using Bot.Web.Live;
using Bot.Web.Security;

namespace Bot.Web.Api;

/// <summary><c>GET /api/v1/stream</c></summary>
internal static class StreamApi
{
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/stream", WriteAsync)
            .Produces(200, contentType: "text/event-stream")
            .WithSummary("The log as server-sent events; id is the position");

    private static async Task<IResult> WriteAsync(
        HttpContext context,
        LogStream stream,
        Visibility incidents,
        string? after,
        string? incident,
        IHostApplicationLifetime lifetime,
        CancellationToken cancel
    )
    {
        var last = context.Request.Headers["Last-Event-ID"].ToString();
        var from = last.Length > 0 ? last : after;
        long? position = null;
        if (!string.IsNullOrEmpty(from))
        {
            if (!long.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var known))
                return Problems.Invalid(
                    new InvalidField(last.Length > 0 ? "Last-Event-ID" : "after", from, "Use the id of an event: a number.")
                );
            position = known;
        }

        int? number = null;
        if (incident is not null)
        {
            if (await incidents.FindAsync(context.Caller(), incident, cancel) is not { } found)
                return Problems.NotFound("incident " + incident);
            number = found.Number;
        }

        // A stream would hold up the shutdown until its grace period is over.
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancel, lifetime.ApplicationStopping);
        try
        {
            await stream.WriteAsync(context.Response, context.Caller(), position, number, ends.Token);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The browser went away, or we do: the stream is resumed by its last id.
        }

        return Results.Empty;
    }
}
