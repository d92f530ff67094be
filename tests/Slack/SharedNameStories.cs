using Bot.Chat;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>Channels whose names do not tell incidents apart: none is taken for another incident's.</summary>
public sealed class SharedNameStories : SlackStory
{
    // What is waited for is the pace that Slack allows.
    private protected override TimeProvider Clock { get; } = new HastyTime(5);

    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?> { ["Chat:Room:Name"] = "{service}" };

    [Fact]
    public async Task A_private_incident_gets_its_own_channel_while_anothers_is_being_made()
    {
        Slack.Faults.Next("conversations.setPurpose", new Fault.Late(TimeSpan.FromSeconds(5)));
        await Anna.Types("/incident declare Mail is stuck --service mail");
        await Anna.Types("/incident declare The board is bribed --service mail --private");
        await Anna.Types("/incident declare Mail is late --service mail");
        await ApartAsync(3);
    }

    [Fact]
    public async Task Channels_whose_purpose_is_refused_are_told_apart()
    {
        Slack.Faults.Rule = method => method is "conversations.setPurpose" ? new Fault.Refused("user_is_restricted") : null;
        await Anna.Types("/incident declare Mail is stuck --service mail");
        await Slack.ExpectsChannel("mail");
        await Anna.Types("/incident declare The board is bribed --service mail --private");
        await Anna.Types("/incident declare Mail is late --service mail");
        await ApartAsync(3);
    }

    [Fact]
    public async Task Of_channels_whose_answers_were_lost_none_is_taken_for_another_incidents()
    {
        Slack.Faults.Next("conversations.create", new Fault.AnswerLost(), new Fault.Hangs(Happens: false));
        await Anna.Types("/incident declare Mail is stuck --service mail");
        await Anna.Types("/incident declare The board is bribed --service mail --private");
        await Anna.Types("/incident declare Mail is late --service mail");
        await ApartAsync(3);
    }

    [Fact]
    public async Task One_channel_that_two_nodes_took_for_two_incidents_is_the_firsts()
    {
        var place = Slack.AddChannel("mail-trouble", members: Anna);
        await Anna.Types("/incident convert Mail is stuck --service mail", "mail-trouble");
        await place.ExpectsCard("inc-1: Mail is stuck");
        // As a node decides it that has not heard of it yet.
        await Bot.Get<IDesk>()
            .SubmitAsync(
                new DeclareWork(
                    new Declaration("The board is bribed", Service: "mail", Private: true),
                    Actor.System,
                    [new IncidentFact.RoomOpened("slack", place.Channel.Id)]
                ),
                default
            );
        await ApartAsync(2);
        Anna.Writes("the relay is full", "mail-trouble");
        await Tells("the relay is full");
    }

    // Each has a channel of its own, as open as it is itself, in which no other one is named.
    private async Task ApartAsync(int incidents)
    {
        var numbers = Enumerable.Range(1, incidents).ToList();
        var directory = Bot.Get<ChatDirectory>();
        await Until.Holds(
            async () =>
            {
                foreach (var number in numbers)
                {
                    var incident = await Bot.Get<IDesk>().SubmitAsync(new FindIncidentWork(number), default);
                    if (incident is null || !incident.Rooms.TryGetValue("slack", out var room))
                        return false;
                    lock (Slack.Workspace.Gate)
                    {
                        var channel = Slack.Workspace.Channel(room)!;
                        if (channel.IsPrivate != incident.Private || directory.IncidentOf("slack", room) != incident.Id)
                            return false;
                        if (!channel.Messages.Exists(message => message.Text.Contains($"inc-{number}: ", StringComparison.Ordinal)))
                            return false;
                    }
                }

                return true;
            },
            "a channel for each",
            () => Task.FromResult(string.Join('\n', Slack.Workspace.Channels.SelectMany(Told)))
        );
        lock (Slack.Workspace.Gate)
        {
            foreach (var channel in Slack.Workspace.Channels.Where(channel => channel.DirectWith is null))
                numbers
                    .Count(number => Told(channel).Any(text => text.Contains($"inc-{number}: ", StringComparison.Ordinal)))
                    .ShouldBeLessThan(2);
            Slack
                .Workspace.Channels.Where(channel => !channel.IsPrivate)
                .SelectMany(Told)
                .ShouldNotContain(text => text.Contains("bribed", StringComparison.Ordinal));
        }
    }

    private static IEnumerable<string> Told(SlackChannel channel) =>
        channel.Messages.Select(message => $"#{channel.Name} {(channel.IsPrivate ? "private" : "public")} {message.Text}");
}
