using Bot.Commands;
using Bot.Desk;
using Bot.Effects;
using Bot.Incidents;
using Bot.Storage;
using Bot.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Runbooks.Running;

namespace Bot.Web.Pages;

/// <summary><c>/</c></summary>
internal sealed class BoardEndpoints : IPages
{
    private const int MostRuns = 100;

    public string Path => "/";

    public IReadOnlyList<NavigationEntry> Navigation { get; } = [new("/", "Board", "board", 10)];

    public void Map(IEndpointRouteBuilder pages) => pages.MapGet("/", ShowAsync);

    private static async Task<IResult> ShowAsync(
        HttpContext context,
        Visibility visibility,
        RunTable runs,
        OpenCalls calls,
        IEnumerable<IChatCommand> commands,
        CancellationToken cancel
    )
    {
        var caller = context.Caller();
        var (open, _) = await visibility.ListAsync(caller, new IncidentQuery(Open: true, Limit: 500), cancel);
        var (recent, _) = await visibility.ListAsync(caller, new IncidentQuery(Open: false, Limit: 12), cancel);
        var called = (await calls.AllAsync(cancel)).ToLookup(call => call.Incident.Number);
        return new RazorComponentResult<Board>(
            new
            {
                Open = open.OrderBy(Rank).ThenByDescending(incident => incident.Number).ToList(),
                Recent = recent,
                Calls = open.Where(incident => incident.AwaitsAcknowledgement && incident.Targets.Any(caller.IsCalled))
                    .OrderBy(Rank)
                    .ToList(),
                Calling = called,
                Deciding = await DecidingAsync(runs, cancel),
                Firing = open.Sum(incident => incident.Firing),
                Declare = commands.FirstOrDefault(command => command.Word is "declare" && caller.May(command.Needs)),
            }
        );
    }

    /// <summary>Incidents whose runs wait for a person.</summary>
    private static async Task<IReadOnlySet<int>> DecidingAsync(RunTable runs, CancellationToken cancel)
    {
        var deciding = new HashSet<int>();
        foreach (var row in await runs.ListAsync(new RunQuery(Over: false, Limit: MostRuns), cancel))
        {
            if (row is { Phase: RunPhase.Waiting or RunPhase.Held, Incident: { } number } && !deciding.Contains(number))
            {
                var run = await runs.FindAsync(row.Id, cancel);
                if (run is not null && run.WaitingFor.Any(waiting => waiting.Wait.Kind is not (WaitKind.Time or WaitKind.Lock)))
                    deciding.Add(number);
            }
        }

        return deciding;
    }

    // Not yet rated stands right below the worst: it may be just that.
    private static int Rank(Incident incident) => incident.Severity is Severity.Unset ? 2 : (int)incident.Severity * 2 - 1;
}
