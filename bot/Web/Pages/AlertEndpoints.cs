using Bot.Desk;
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
        AlertTable alerts,
        Visibility visibility,
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
        var seen = await visibility.PageAsync<AlertRow>(
            context.Caller(),
            Page,
            last => alerts.ListAsync(last is null ? query : query with { After = (last.Source, last.Fingerprint) }, cancel),
            row => row.Incident,
            cancel
        );
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
        DeliveryTable deliveries,
        Visibility visibility,
        string? source,
        string? after,
        CancellationToken cancel
    )
    {
        var seen = await visibility.PageAsync<Delivery>(
            context.Caller(),
            Page,
            last => deliveries.ListAsync(source, last?.Id ?? after, Page, cancel),
            DeliverySight.IncidentsOf,
            cancel
        );
        return new RazorComponentResult<DeliveriesPage>(new { Rows = seen.Items, Next = seen.More ? seen.Items[^1].Id : null });
    }

    private static async Task<IResult> DeliveryAsync(
        HttpContext context,
        DeliveryTable deliveries,
        Visibility visibility,
        string id,
        CancellationToken cancel
    ) =>
        await deliveries.FindAsync(id, cancel) is { } delivery
        && await visibility.MaySeeAllAsync(context.Caller(), DeliverySight.IncidentsOf(delivery), cancel)
            ? new RazorComponentResult<DeliveryPage>(new { Delivery = delivery })
            : ErrorPage.NotFound("delivery " + id);
}
