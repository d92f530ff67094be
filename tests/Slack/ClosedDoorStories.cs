using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>Nobody gets at what stands in a private channel by a command who is not in it, and nothing private is told in public.</summary>
public sealed class ClosedDoorStories : SlackStory
{
    [Fact]
    public async Task A_private_channel_is_taken_by_those_who_are_in_it_and_for_a_private_incident_alone()
    {
        var board = Slack.AddChannel("board", isPrivate: true, members: Anna).Channel;
        Slack.Faults.Rule = method => method is "conversations.create" ? new Fault.Refused("restricted_action") : null;
        await Bruno.Types("/incident declare Mail is stuck");
        const string stranger = "This channel is private, and you are not in it.";
        (await Bruno.Types($"/incident room inc-1 {board.Id}")).ShouldStartWith(stranger);
        (await FromTheConsole($"/incident room inc-1 {board.Id}")).ShouldStartWith(stranger);
        (await Anna.Types($"/incident room inc-1 {board.Id}")).ShouldStartWith("This channel is private and the incident is not.");
        (await Anna.Types("/incident convert Mail is late", "board")).ShouldStartWith("This channel is private and the incident is not.");
        (await Anna.Types("/incident convert The board is bribed --private", "board")).ShouldContain("(inc-2)");
        await new Place(Slack, board).ExpectsCard("The board is bribed");

        // Also once it is over, and whoever asks is not even told that it was there.
        await Anna.Types("/incident resolve it is well", "board");
        (await Bruno.Types($"/incident room inc-1 {board.Id}")).ShouldStartWith(stranger);
        Anna.Writes("the list has leaked", "board");
        await Until.Holds(() => Task.FromResult(Slack.Delivery.Pending == 0), "the end of what is under way");
        (await TimelineAsync()).ShouldNotContain("the list has leaked");
    }

    [Fact]
    public async Task A_message_of_a_private_incident_is_put_on_no_other_timeline()
    {
        await MailStuckAsync();
        await Anna.Types("/incident declare The board is bribed --private");
        var room = await Slack.ExpectsChannel("inc-2");
        await room.ExpectsCard("The board is bribed");
        var message = Anna.Writes("the list has leaked", room.Channel.Name);
        var link = ChatMethods.Link(room.Channel, message);
        (await Bruno.Types($"/incident mark <{link}> inc-1")).ShouldStartWith("This channel is private, and you are not in it.");
        (await Anna.Types($"/incident mark <{link}> inc-1")).ShouldStartWith("This message was written where a private incident is led");
        await Anna.UsesShortcut("declare_from_message", message, room.Channel.Name);
        var form = await Anna.SeesModal("Declare an incident");
        string.Join(' ', (await form.Submits()).Values).ShouldStartWith("This message was written where a private incident is led");
        (await Anna.Types($"/incident mark <{link}> inc-2")).ShouldBe("Added to the timeline of inc-2.");
        (await TimelineAsync()).ShouldNotContain(line => line.Contains("leaked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_of_a_private_channel_is_put_on_a_timeline_by_those_who_are_in_it()
    {
        await MailStuckAsync();
        var board = Slack.AddChannel("board", isPrivate: true, members: Anna).Channel;
        var link = ChatMethods.Link(board, Anna.Writes("we pay", "board"));
        (await Bruno.Types($"/incident mark <{link}> inc-1")).ShouldStartWith("This channel is private, and you are not in it.");
        (await FromTheConsole($"/incident mark {link} inc-1")).ShouldStartWith("This channel is private, and you are not in it.");
        (await Anna.Types($"/incident mark <{link}> inc-1")).ShouldBe("Added to the timeline of inc-1.");
    }

    // Whoever is there is nobody of the workspace.
    private async Task<string> FromTheConsole(string line) =>
        (await BotUnderTest.TrySayAsync(await Bot.TokenAsync(global::Bot.Access.Role.Admin, "elsewhere"), line)).Reply;
}
