using System.Text.Json;
using Bot.Alerts;
using Bot.Log;
using Bot.Storage;
using Bot.Web.Security;

namespace Bot.Web.Api;

/// <summary><c>/api/v1/alerts</c> and <c>/api/v1/deliveries</c></summary>
internal static class AlertsApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/alerts", ListAsync).Produces<Listing<AlertAnswer>>().WithSummary("Current alerts, by source and fingerprint");
        api.MapGet("/deliveries", DeliveriesAsync)
            .Produces<Listing<DeliveryAnswer>>()
            .WithSummary("Requests that carried alerts, newest first");
        api.MapGet("/deliveries/{id}", DeliveryAsync)
            .Produces<DeliveryAnswer>()
            .ProducesProblem(404)
            .WithSummary("One delivery with its verdict and the reason of each stage");
    }

    private static async Task<IResult> ListAsync(
        HttpContext context,
        AlertSight sight,
        string? status,
        string? incident,
        string? after,
        int? limit,
        CancellationToken cancel
    )
    {
        var query = new AlertQuery(Limit: Limits.Of(limit));
        if (status is "firing" or "resolved")
            query = query with { Firing = status is "firing" };
        else if (status is not null)
            return Problems.Invalid(new InvalidField("status", status, "Use firing or resolved."));
        if (incident is not null)
        {
            if (StreamId.IncidentNumber(incident) is not { } number)
                return Problems.Invalid(new InvalidField("incident", incident, "Use an id as inc-42."));
            query = query with { Incident = number };
        }

        if (after is not null)
        {
            var slash = after.IndexOf('/', StringComparison.Ordinal);
            if (slash <= 0)
                return Problems.Invalid(new InvalidField("after", after, "Use the value of next of the page before."));
            query = query with { After = (after[..slash], after[(slash + 1)..]) };
        }

        var seen = await sight.AlertsAsync(context.Caller(), query, cancel);
        return Results.Ok(Listing.Of(seen, AlertAnswer.Of, row => row.Source + "/" + row.Fingerprint));
    }

    private static async Task<IResult> DeliveriesAsync(
        HttpContext context,
        AlertSight sight,
        string? source,
        string? after,
        int? limit,
        CancellationToken cancel
    )
    {
        var seen = await sight.DeliveriesAsync(context.Caller(), source, after, Limits.Of(limit), cancel);
        return Results.Ok(Listing.Of(seen, DeliveryAnswer.Of, row => row.Id));
    }

    private static async Task<IResult> DeliveryAsync(HttpContext context, AlertSight sight, string id, CancellationToken cancel) =>
        await sight.FindDeliveryAsync(context.Caller(), id, cancel) is { } delivery
            ? Results.Ok(DeliveryAnswer.Of(delivery))
            : Problems.NotFound("delivery " + id);
}

internal sealed record AlertAnswer(
    string Source,
    string Fingerprint,
    string Status,
    DateTimeOffset StartsAt,
    DateTimeOffset? EndsAt,
    DateTimeOffset FirstSeenAt,
    DateTimeOffset LastSeenAt,
    JsonElement Labels,
    JsonElement Annotations,
    string? GeneratorUrl,
    long Count,
    int Episodes,
    string? Incident
)
{
    public static AlertAnswer Of(AlertRow row) =>
        new(
            row.Source,
            row.Fingerprint,
            row.Firing ? "firing" : "resolved",
            row.Since,
            row.EndsAt,
            row.FirstSeen,
            row.LastSeen,
            ApiJson.Element(row.Labels),
            ApiJson.Element(row.Annotations),
            row.GeneratorUrl,
            row.Seen,
            row.Episodes,
            row.Incident is { } number ? StreamId.Incident(number).Value : null
        );
}

internal sealed record DeliveryAnswer(
    string Id,
    string Source,
    string? Route,
    DateTimeOffset ReceivedAt,
    string Verdict,
    int Alerts,
    string? Incident,
    IReadOnlyList<TraceStage> Trace,
    JsonElement Headers,
    string Body
)
{
    public static DeliveryAnswer Of(Delivery delivery) =>
        new(
            delivery.Id,
            delivery.Source,
            delivery.Route,
            delivery.ReceivedAt,
            delivery.Verdict,
            delivery.Alerts,
            delivery.Incident is { } number ? StreamId.Incident(number).Value : null,
            delivery.Trace,
            ApiJson.Element(delivery.Headers),
            delivery.Body
        );
}
