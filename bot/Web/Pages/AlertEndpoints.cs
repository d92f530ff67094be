using Bot.Storage;
using Bot.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Bot.Web.Pages;

/// <summary><c>/alerts</c>, <c>/deliveries</c>, <c>/deliveries/{id}</c></summary>
internal static class AlertEndpoints
{
    private const int Page = 100;

    public static void Map(IEndpointRouteBuilder pages)
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
        var rows = await alerts.ListAsync(
            new AlertQuery(
                Firing: status switch
                {
                    "all" => null,
                    "resolved" => false,
                    _ => true,
                },
                After: slash > 0 ? (after![..slash], after[(slash + 1)..]) : null,
                Limit: Page
            ),
            cancel
        );
        return new RazorComponentResult<AlertsPage>(
            new
            {
                Rows = await SeenAsync(rows, row => row.Incident, context, visibility, cancel),
                Status = status is "all" or "resolved" ? status : "firing",
                Next = rows.Count == Page ? rows[^1].Source + "/" + rows[^1].Fingerprint : null,
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
        var rows = await deliveries.ListAsync(source, after, Page, cancel);
        return new RazorComponentResult<DeliveriesPage>(
            new
            {
                Rows = await SeenAsync(rows, row => row.Incident, context, visibility, cancel),
                Next = rows.Count == Page ? rows[^1].Id : null,
            }
        );
    }

    private static async Task<IResult> DeliveryAsync(
        HttpContext context,
        DeliveryTable deliveries,
        Visibility visibility,
        string id,
        CancellationToken cancel
    ) =>
        await deliveries.FindAsync(id, cancel) is { } delivery && await visibility.MaySeeAsync(context.Caller(), delivery.Incident, cancel)
            ? new RazorComponentResult<DeliveryPage>(new { Delivery = delivery })
            : ErrorPage.NotFound("delivery " + id);

    private static async Task<IReadOnlyList<T>> SeenAsync<T>(
        IReadOnlyList<T> rows,
        Func<T, int?> incident,
        HttpContext context,
        Visibility visibility,
        CancellationToken cancel
    )
    {
        var seen = new List<T>();
        foreach (var row in rows)
        {
            if (await visibility.MaySeeAsync(context.Caller(), incident(row), cancel))
                seen.Add(row);
        }

        return seen;
    }
}
