using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

/// <summary>Answers to who typed.</summary>
internal static class Replies
{
    public static ChatReply Refused(string why) => new(false, why);

    public static ChatReply Said(string text) => new(true, text);

    public static ChatReply Of(Decision decision) =>
        decision switch
        {
            Decision.Accepted accepted => Said(accepted.Reply),
            Decision.Rejected rejected => Refused(rejected.Why.Sentence),
            _ => throw new InvalidOperationException($"No answer for {decision.GetType().Name}."),
        };

    /// <summary>Runs one command on the channel's incident.</summary>
    public static async Task<ChatReply> ApplyAsync(
        this IDesk desk,
        CommandContext context,
        IncidentCommand command,
        CancellationToken cancel
    ) => Of(await desk.SubmitAsync(new IncidentWork(context.Incident!.Value, command, context.Caller.Actor) { Key = context.Key }, cancel));
}
