using Bot.Storage;
using Bot.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Bot.Web.Pages;

/// <summary><c>/alerts</c>, <c>/deliveries</c>, <c>/deliveries/{id}</c></summary>
internal sealed class AlertEndpoints : IPages
{
    private const int Page = 100;

    public string Path => "/alerts";

    public IReadOnlyList<NavigationEntry> Navigation { get; } =
    [new("/alerts", "Alerts", "alerts", 30), new("/deliveries", "Deliveries", "deliveries", 40)];

    public void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/alerts", AlertsAsync);
        pages.MapGet("/deliveries", DeliveriesAsync);
        pages.MapGet("/deliveries/{id}", DeliveryAsync);
    }

    private static async Task<IResult> AlertsAsync(
        HttpContext context,
        AlertSight sight,
        string? status,
        string? after,
        CancellationToken cancel
    )
    {
        var slash = after?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        var query = new AlertQuery(
            Firing: status switch
            {
                "all" => null,
                "resolved" => false,
                _ => true,
            },
            After: slash > 0 ? (after![..slash], after[(slash + 1)..]) : null,
            Limit: Page
        );
        var seen = await sight.AlertsAsync(context.Caller(), query, cancel);
        return new RazorComponentResult<AlertsPage>(
            new
            {
                Rows = seen.Items,
                Status = status is "all" or "resolved" ? status : "firing",
                Next = seen.More ? seen.Items[^1].Source + "/" + seen.Items[^1].Fingerprint : null,
            }
        );
    }

    private static async Task<IResult> DeliveriesAsync(
        HttpContext context,
        AlertSight sight,
        string? source,
        string? after,
        CancellationToken cancel
    )
    {
        var seen = await sight.DeliveriesAsync(context.Caller(), source, after, Page, cancel);
        return new RazorComponentResult<DeliveriesPage>(new { Rows = seen.Items, Next = seen.More ? seen.Items[^1].Id : null });
    }

    private static async Task<IResult> DeliveryAsync(HttpContext context, AlertSight sight, string id, CancellationToken cancel) =>
        await sight.FindDeliveryAsync(context.Caller(), id, cancel) is { } delivery
            ? new RazorComponentResult<DeliveryPage>(new { Delivery = delivery })
            : ErrorPage.NotFound("delivery " + id);
}
