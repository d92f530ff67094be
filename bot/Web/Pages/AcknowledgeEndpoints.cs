using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Paging;
using Bot.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Bot.Web.Pages;

/// <summary>
/// <c>/ack/TOKEN</c>: who was called acknowledges without signing in. A GET only shows: mail and chat programs open links before
/// people do. What it shows is what the call told already.
/// </summary>
internal sealed class AcknowledgeEndpoints(AckKeyTable keys, IncidentTable incidents, AccessState access, IDesk desk, TimeProvider time)
{
    public static void MapOpen(IEndpointRouteBuilder open)
    {
        open.MapGet("/ack/{token}", (AcknowledgeEndpoints door, string token, CancellationToken cancel) => door.ShowAsync(token, cancel));
        open.MapPost(
            "/ack/{token}",
            (AcknowledgeEndpoints door, string token, CancellationToken cancel) => door.AcknowledgeAsync(token, cancel)
        );
    }

    private async Task<IResult> ShowAsync(string token, CancellationToken cancel) =>
        await FindAsync(token, cancel) is var (_, incident)
            ? new RazorComponentResult<Acknowledge>(new { Token = token, Incident = incident })
            : Gone();

    private async Task<IResult> AcknowledgeAsync(string token, CancellationToken cancel)
    {
        if (await FindAsync(token, cancel) is not var (link, incident))
            return Gone();
        if (incident is { IsOpen: true, AwaitsAcknowledgement: true })
        {
            var actor = link.Target.Kind is "user" ? Actor.User(link.Target.Name) : new Actor("link", link.Target.ToString());
            await desk.SubmitAsync(new IncidentWork(link.Incident, new IncidentCommand.Acknowledge("link " + link.Target), actor), cancel);
        }

        return Results.Redirect("/ack/" + token);
    }

    private async Task<(AckLink Link, Incident Incident)?> FindAsync(string token, CancellationToken cancel)
    {
        var links = await keys.LinksAsync(cancel);
        if (!links.TryRead(token, time.GetUtcNow(), out var link))
            return null;
        // Somebody who was removed does not come back by an old call.
        if (link.Target.Kind is "user" && !access.Current.Users.ContainsKey(link.Target.Name))
            return null;
        return await incidents.FindAsync(link.Incident, cancel) is { } incident ? (link, incident) : null;
    }

    private static RazorComponentResult<Acknowledge> Gone() => new() { StatusCode = StatusCodes.Status410Gone };
}
