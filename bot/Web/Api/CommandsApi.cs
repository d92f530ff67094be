using System.Text.Json;
using System.Text.Json.Serialization;
using Bot.Commands;
using Bot.Desk;
using Bot.Log;
using Bot.Web.Security;

namespace Bot.Web.Api;

/// <summary><c>POST /api/v1/commands</c>: what one could type in chat.</summary>
internal static class CommandsApi
{
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/commands", RunAsync)
            .Produces<CommandAnswer>()
            .ProducesProblem(400)
            .ProducesProblem(404)
            .WithSummary("Say what one could type in chat");

    // Which role a command needs is the command's own word; the dispatcher holds it.
    private static async Task<IResult> RunAsync(
        HttpContext context,
        CommandDispatcher commands,
        Visibility incidents,
        CommandRequest request,
        CancellationToken cancel
    )
    {
        if (string.IsNullOrWhiteSpace(request.Text))
            return Problems.Invalid(new InvalidField("text", request.Text, "Say something, as \"/incident help\"."));
        var caller = context.Caller();
        int? number = null;
        if (!string.IsNullOrEmpty(request.Channel))
        {
            if (StreamId.IncidentNumber(request.Channel) is null)
                return Problems.Invalid(new InvalidField("channel", request.Channel, "Use an incident's id as inc-42, or leave it out."));
            if (await incidents.FindAsync(caller, request.Channel, cancel) is not { } incident)
                return Problems.NotFound("channel " + request.Channel);
            number = incident.Number;
        }

        var key = context.Request.IdempotencyKey(caller, () => JsonSerializer.Serialize(request, ApiJson.Options));
        var reply = await commands.DispatchAsync(caller, request.Text, number, key, cancel);
        return Results.Ok(new CommandAnswer(reply.Accepted, reply.Text));
    }

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    internal sealed record CommandRequest(string? Text, string? Channel);

    internal sealed record CommandAnswer(bool Accepted, string Reply);
}
