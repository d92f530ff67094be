using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Integrations.Slack.Inbound;

/// <summary>
/// Everything that comes in from Slack, whichever way it came: read, handed to the inbox, answered. A task that ends well means
/// that what follows is on disk and Slack may be told so. What cannot be read is acknowledged as well, since it reads no better when it
/// comes again, and Slack turns an app off that acknowledges too little: it is logged, named on the page Health, and told to who did it.
/// </summary>
internal sealed partial class SlackInbound(
    SlackCommands commands,
    SlackInteractions interactions,
    SlackEvents events,
    SlackAnswers answers,
    SlackState state,
    ILogger<SlackInbound> logger
)
{
    /// <param name="field">Of a slash command, by its name; null where there is none.</param>
    public async Task<Acknowledgement> CommandAsync(Func<string, string?> field, CancellationToken cancel)
    {
        try
        {
            return await commands.HandleAsync(SlashCommand.Read(field), cancel);
        }
        catch (UnreadableException e)
        {
            return new Acknowledgement(SlackAnswers.Message(Unread("a command", e)));
        }
    }

    public async Task<Acknowledgement> InteractionAsync(JsonElement payload, CancellationToken cancel)
    {
        try
        {
            return await interactions.HandleAsync(payload, cancel);
        }
        catch (UnreadableException e)
        {
            var reply = Unread(payload.Text("type") ?? "an interaction", e);
            if (payload.Part("user").Text("id") is not { Length: > 0 } user)
                return Acknowledgement.Empty;
            var place = new AnswerPlace(user, payload.Part("channel").Text("id"), payload.Text("response_url"));
            return new Acknowledgement(null, stop => answers.TellAsync(place, reply, stop));
        }
    }

    /// <param name="outer">The whole <c>event_callback</c>.</param>
    public async Task<Acknowledgement> EventAsync(JsonElement outer, CancellationToken cancel)
    {
        try
        {
            await events.HandleAsync(outer, cancel);
        }
        catch (UnreadableException e)
        {
            Unread($"the event {outer.Part("event").Text("type") ?? "without a type"} ({outer.Text("event_id") ?? "without an id"})", e);
        }

        return Acknowledgement.Empty;
    }

    private ChatReply Unread(string what, UnreadableException e)
    {
        Log.NotRead(logger, what, e.Message, e.InnerException);
        state.NotRead($"{what}: {e.Message}");
        return new ChatReply(
            false,
            $"Slack sent this in a way that I cannot read ({e.Message}), and nothing was done. Type a command instead: /incident help"
        );
    }

    private static partial class Log
    {
        [LoggerMessage(722, LogLevel.Warning, "{What} of Slack could not be read, and nothing follows from it: {Why}")]
        public static partial void NotRead(ILogger logger, string what, string why, Exception? e);
    }
}
