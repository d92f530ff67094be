using Bot.Commands;
using Bot.Desk;
using Bot.Incidents;
using Bot.Runs;
using Bot.Storage;
using Bot.Timeline;
using Bot.Web.Chat;
using Bot.Web.Security;
using Integrations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Bot.Web.Pages;

/// <summary><c>/console</c> and <c>/console/inc-42</c>: the chat.</summary>
internal sealed class ConsoleEndpoints : IPages
{
    public string Path => "/console";

    public IReadOnlyList<NavigationEntry> Navigation { get; } = [new("/console", "Console", "console", 20)];

    public void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet(
            "/console",
            (HttpContext context, ConsoleRoom room, CancellationToken cancel) => room.ShowAsync(context, null, cancel)
        );
        pages.MapGet(
            "/console/{id}",
            (HttpContext context, ConsoleRoom room, string id, CancellationToken cancel) => room.ShowAsync(context, id, cancel)
        );
    }
}

/// <summary>Gathers what one channel shows.</summary>
internal sealed class ConsoleRoom(
    Visibility visibility,
    TimelineReader timeline,
    RunTable runs,
    Definitions definitions,
    AlertTable alerts,
    AccessState access,
    IEnumerable<IChatCommand> commands
)
{
    public async Task<IResult> ShowAsync(HttpContext context, string? id, CancellationToken cancel)
    {
        var caller = context.Caller();
        Incident? incident = null;
        if (id is not null)
        {
            incident = await visibility.FindAsync(caller, id, cancel);
            if (incident is null)
                return ErrorPage.NotFound("channel " + id);
        }

        var (open, _) = await visibility.ListAsync(caller, new IncidentQuery(Open: true, Limit: 100), cancel);
        var (over, _) = await visibility.ListAsync(caller, new IncidentQuery(Open: false, Limit: 15), cancel);
        IReadOnlyList<TimelineEntry> lines = incident is null
            ? []
            : [.. (await IncidentEndpoints.StoryAsync(timeline, incident.Number, cancel)).Reverse()];
        return new RazorComponentResult<ConsolePage>(
            new
            {
                Incident = incident,
                Open = open,
                Over = over,
                Lines = lines,
                Alerts = incident is { Alerts: > 0 }
                    ? AlertsCard.Of(
                        incident,
                        await alerts.OfIncidentAsync(incident.Number, AlertsCard.Most, cancel),
                        "/incidents/" + incident.Id
                    )
                    : null,
                Waiting = incident is null
                    ? (IReadOnlyList<AskedStep>)[]
                    : await IncidentEndpoints.WaitingAsync(runs, definitions, incident, caller, access.Current, cancel),
                Actions = incident is null ? General() : IncidentActions.For(incident, caller, commands),
                Commands = (IReadOnlyList<IChatCommand>)
                    [.. commands.Where(command => incident is not null || !command.InChannel).OrderBy(command => command.Word)],
            }
        );

        IReadOnlyList<CardButton> General() =>
            [
                .. commands
                    .Where(command => command.Form is not null && !command.InChannel && caller.May(command.Needs))
                    .Select(command => new CardButton(
                        command.Form!.Title,
                        "/incident " + command.Word,
                        command.Word is "declare" ? ButtonStyle.Primary : ButtonStyle.Plain,
                        command.Form
                    )),
            ];
    }
}
