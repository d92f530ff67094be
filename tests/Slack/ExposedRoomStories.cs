using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>Somebody makes the channel of a private incident public.</summary>
public sealed class ExposedRoomStories : PassingTimeStory
{
    private const string Told =
        "Everybody can read the channel in slack now (made public by olga): nothing more of this private incident is said there";

    [Fact]
    public async Task Nothing_more_is_said_there_and_it_goes_on_in_a_new_private_one()
    {
        var before = await SecretAsync();
        Olga.MakesPublic(before);

        var after = await SuccessorAsync();
        after.Channel.IsPrivate.ShouldBeTrue();
        await after.ExpectsCard(Told);
        await after.ExpectsCard("inc-1: Mail is stuck");
        await SayAsync("it is the relay");
        await after.ExpectsCard("console: it is the relay");
        await Slack.Direct(Anna).ExpectsCard("Everybody can read the channel of the private incident inc-1");
        before.Texts[^1].ShouldContain("made this channel *public*");
        Slack.Direct(Anna).Count("Everybody can read").ShouldBe(1);
        (await TimelineAsync()).Count(line => line.StartsWith("Everybody can read", StringComparison.Ordinal)).ShouldBe(1);
        // Whoever comes in there now is nobody who was let in.
        (await Bruno.Types("/incident status", before.Channel.Name)).ShouldNotContain("Mail is stuck");
    }

    [Fact]
    public async Task It_is_noticed_before_the_next_line_or_call_where_no_event_comes()
    {
        var before = await SecretAsync();
        Slack.Delivery.Subscribed.Clear();
        Olga.MakesPublic(before);
        Time.Advance(TimeSpan.FromMinutes(2));

        (await Console("/incident page group:oncall look at this", "inc-1")).ShouldBe("Calling group:oncall.");
        await Slack.Direct(Bruno).ExpectsCard("YOU ARE CALLED: inc-1", "look at this");
        await SayAsync("it is the relay");

        var after = await SuccessorAsync();
        await after.ExpectsCard("console: it is the relay");
        await Tells(
            "Everybody can read the channel in slack now (it is not private any more): nothing more of this private incident is said there"
        );
        before.Texts[^1].ShouldContain("made this channel *public*");
    }

    [Fact]
    public async Task While_Slack_does_not_say_who_can_read_it_nothing_is_said_there()
    {
        var channel = await SecretAsync();
        Time.Advance(TimeSpan.FromMinutes(2));
        Slack.Faults.Rule = method => method is "conversations.info" ? new Fault.Status(503) : null;
        await SayAsync("it is the relay");
        await Until.Holds(
            () => Task.FromResult(Slack.Calls.Of("conversations.info").Any(call => call.Outcome is not "ok")),
            "a look that was not answered"
        );
        channel.Count("it is the relay").ShouldBe(0);

        Slack.Faults.Rule = null;
        await channel.ExpectsCard("console: it is the relay");
        channel.Count("it is the relay").ShouldBe(1);
    }

    [Fact]
    public async Task One_that_is_over_gets_no_other_channel_before_it_is_opened_again()
    {
        var before = await SecretAsync();
        await Console("/incident resolve", "inc-1");
        await before.ExpectsCard("Resolved");
        Olga.MakesPublic(before);
        await Tells(Told);
        await Console("/incident note for the record", "inc-1");
        await Slack.Direct(Anna).ExpectsCard("Everybody can read the channel of the private incident inc-1");
        (await Bruno.Types("/incident status", before.Channel.Name)).ShouldNotContain("Mail is stuck");
        Slack.Workspace.Channels.ShouldNotContain(channel => channel.Name == "inc-1-private-2");

        await Console("/incident reopen it is back", "inc-1");
        var after = await SuccessorAsync();
        await after.ExpectsCard("Re-opened: it is back");
        await after.ExpectsCard("for the record");
        before.Count("for the record").ShouldBe(0);
    }

    private async Task<Place> SecretAsync()
    {
        await Anna.Types("/incident declare Mail is stuck --private");
        var channel = await Slack.ExpectsChannel("inc-1-private");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        await channel.ExpectsCard("Declared: Mail is stuck");
        await Until.Holds(
            () => Task.FromResult(channel.Channel is { Pins.Count: 1, Bookmarks.Count: 1 }),
            "a channel with all that belongs there"
        );
        return channel;
    }

    private Task<string> SayAsync(string text) => Console("/incident say " + text, "inc-1");

    private Task<Place> SuccessorAsync() => Slack.ExpectsChannel("inc-1-private-2");
}
