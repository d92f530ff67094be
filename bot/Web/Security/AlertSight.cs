using System.Globalization;
using System.Text.RegularExpressions;
using Bot.Access;
using Bot.Desk;
using Bot.Storage;

namespace Bot.Web.Security;

/// <summary>
/// Which alerts and deliveries somebody may see: those of incidents that they may see. What no incident holds is for everybody,
/// unless a private route took it; then it is for administrators.
/// </summary>
internal sealed partial class AlertSight(AlertTable alerts, DeliveryTable deliveries, Visibility visibility)
{
    public Task<Seen<AlertRow>> AlertsAsync(Caller caller, AlertQuery query, CancellationToken cancel) =>
        Visibility.PageAsync<AlertRow>(
            query.Limit,
            last => alerts.ListAsync(last is null ? query : query with { After = (last.Source, last.Fingerprint) }, cancel),
            alert => MaySeeAsync(caller, alert.Incident is { } number ? [number] : [], alert.Private, cancel)
        );

    /// <param name="before">The id of a delivery: only older ones.</param>
    public Task<Seen<Delivery>> DeliveriesAsync(Caller caller, string? source, string? before, int limit, CancellationToken cancel) =>
        Visibility.PageAsync<Delivery>(
            limit,
            last => deliveries.ListAsync(source, last?.Id ?? before, limit, cancel),
            delivery => MaySeeAsync(caller, IncidentsOf(delivery), delivery.Private, cancel)
        );

    public async Task<Delivery?> FindDeliveryAsync(Caller caller, string id, CancellationToken cancel) =>
        await deliveries.FindAsync(id, cancel) is { } delivery && await MaySeeAsync(caller, IncidentsOf(delivery), delivery.Private, cancel)
            ? delivery
            : null;

    private async Task<bool> MaySeeAsync(Caller caller, List<int> incidents, bool isPrivate, CancellationToken cancel)
    {
        foreach (var number in incidents)
        {
            if (!await visibility.MaySeeAsync(caller, number, cancel))
                return false;
        }

        return caller.May(incidents.Count == 0 && isPrivate ? Role.Admin : Role.Viewer);
    }

    // The one it is filed under and each that its trace names, since alerts of one delivery may stay in different incidents.
    private static List<int> IncidentsOf(Delivery delivery)
    {
        var named = delivery
            .Trace.Where(stage => stage.Stage is "incident")
            .Select(stage => Id().Match(stage.Reason))
            .Where(match => match.Success)
            .Select(match => int.Parse(match.ValueSpan[4..], CultureInfo.InvariantCulture));
        return [.. (delivery.Incident is { } filed ? named.Append(filed) : named).Distinct()];
    }

    [GeneratedRegex(@"^inc-\d{1,9}\b", RegexOptions.NonBacktracking)]
    private static partial Regex Id();
}
