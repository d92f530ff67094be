using Bot.Commands;
using Bot.Desk;
using Bot.Incidents;
using Bot.Storage;
using Bot.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Bot.Web.Pages;

/// <summary><c>/</c></summary>
internal static class BoardEndpoints
{
    private const int MostFiring = 1_000;

    public static void Map(IEndpointRouteBuilder pages) => pages.MapGet("/", ShowAsync);

    private static async Task<IResult> ShowAsync(
        HttpContext context,
        Visibility visibility,
        AlertTable alerts,
        IEnumerable<IChatCommand> commands,
        CancellationToken cancel
    )
    {
        var caller = context.Caller();
        var (open, _) = await visibility.ListAsync(caller, new IncidentQuery(Open: true, Limit: 500), cancel);
        var (recent, _) = await visibility.ListAsync(caller, new IncidentQuery(Open: false, Limit: 12), cancel);
        var query = new AlertQuery(Firing: true, Limit: MostFiring);
        var firing = await visibility.PageAsync<AlertRow>(
            caller,
            query.Limit,
            last => alerts.ListAsync(last is null ? query : query with { After = (last.Source, last.Fingerprint) }, cancel),
            row => row.Incident,
            cancel
        );
        return new RazorComponentResult<Board>(
            new
            {
                Open = open.OrderBy(Rank).ThenByDescending(incident => incident.Number).ToList(),
                Recent = recent,
                Calls = open.Where(incident => incident.AwaitsAcknowledgement && incident.Targets.Any(caller.IsCalled))
                    .OrderBy(Rank)
                    .ToList(),
                Firing = firing.Items.Count,
                More = firing.More,
                Declare = commands.FirstOrDefault(command => command.Word is "declare" && caller.May(command.Needs)),
            }
        );
    }

    // Not yet rated stands right below the worst: it may be just that.
    private static int Rank(Incident incident) => incident.Severity is Severity.Unset ? 2 : (int)incident.Severity * 2 - 1;
}
