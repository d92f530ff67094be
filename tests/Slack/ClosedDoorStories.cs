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
}
