using Integrations.Slack.People;
using Integrations.Slack.Rendering;
using Integrations.Slack.Sending;

namespace Integrations.Slack.Inbound;

/// <summary>Slash commands.</summary>
internal sealed class SlackCommands(
    IChatInbox inbox,
    SlackPeople people,
    SlackIntroductions introductions,
    SlackAnswers answers,
    SlackArrivals arrivals
)
{
    public async Task<Acknowledgement> HandleAsync(SlashCommand command, CancellationToken cancel)
    {
        arrivals.Command(command.Command);
        var person = await people.FindAsync(command.UserId, command.UserName, cancel);
        var strangers = await introductions.MeetMentionedAsync(command.Text, cancel);
        var act = new ChatAct.Typed($"{command.Command} {people.ReadCommand(command.Text)}".TrimEnd())
        {
            Rooms = SlackText.Channels(command.Text, people.Read),
        };
        var input = new ChatInput(SlackPlatform.PlatformName, person, command.ChannelId, act, "command/" + command.TriggerId);
        var reply = await inbox.HandleAsync(input, cancel);
        if (!reply.Accepted && strangers.Count > 0)
            reply = reply with
            {
                Text = $"{reply.Text} Slack does not say now who {string.Join(", ", strangers)} is: try again in a moment.",
            };
        var place = new AnswerPlace(person.Id, command.ChannelId, command.ResponseUrl);
        return reply.Form is { } form
            ? new Acknowledgement(null, stop => answers.OpenAsync(place, command.TriggerId, form, reply.Text, null, stop))
            : new Acknowledgement(SlackAnswers.Message(reply));
    }
}
