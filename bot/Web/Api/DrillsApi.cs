using System.Text.Json.Serialization;
using Bot.Runs;
using Bot.Web.Security;
using Runbooks.Running;

namespace Bot.Web.Api;

/// <summary><c>/api/v1/drills</c></summary>
internal static class DrillsApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet(
                "/drills",
                async (RunbookDrill drill, CancellationToken cancel) =>
                    Results.Ok(new Listing<DrillReport>(await drill.LastAsync(cancel), null))
            )
            .Produces<Listing<DrillReport>>()
            .WithSummary("What the last drill of each runbook found");
        api.MapPost("/drills", GoAsync)
            .Produces<DrillReport>()
            .ProducesProblem(400)
            .ProducesProblem(403)
            .RequireAuthorization(Door.Responder)
            .WithSummary("Make the steps of a runbook that only read, and say what has rotted; changes nothing");
    }

    private static async Task<IResult> GoAsync(HttpContext context, RunbookDrill drill, DrillRequest request, CancellationToken cancel)
    {
        if (string.IsNullOrWhiteSpace(request.Runbook))
            return Problems.Invalid(new InvalidField("runbook", request.Runbook, "Name a runbook of the shelf."));
        if (drill.Refusal(request.Runbook, context.Caller()) is { } refusal)
            return Problems.Of(403, "Not allowed", refusal);
        return await drill.GoAsync(request.Runbook, cancel) is { } report
            ? Results.Ok(report)
            : Problems.Invalid(
                new InvalidField("runbook", request.Runbook, $"There is no such runbook. There are: {string.Join(", ", drill.Names)}.")
            );
    }

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    internal sealed record DrillRequest(string? Runbook);
}
