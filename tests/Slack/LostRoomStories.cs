using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>Somebody archives or deletes the channel of an incident that is open, or messages of the bot in it.</summary>
public sealed class LostRoomStories : SlackStory
{
    // What is waited for is the pace that Slack allows.
    private protected override TimeProvider Clock { get; } = new HastyTime(5);

    [Fact]
    public async Task A_private_channel_that_is_shared_and_has_another_id_since_stays_the_incidents()
    {
        await Anna.Types("/incident declare Mail is stuck --private");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        await Until.Holds(() => Task.FromResult(channel.Channel.Pins.Count == 1), "a channel with all that belongs there");
        Anna.Shares(channel);
        var shared = Slack.Channel("inc-1");
        shared.Channel.Id.ShouldNotBe(channel.Channel.Id);
        await Until.Holds(
            async () => (await TimelineAsync()).Count(line => line is "A room was opened in slack") == 2,
            "the new id on the log"
        );
        await Console("/incident say who reads this?", "inc-1");
        await shared.ExpectsCard("console: who reads this?");
        Bruno.Writes("I do", shared.Channel.Name);
        await Tells("I do");
        Slack.Workspace.Channels.Count(one => one.Name.StartsWith("inc-1", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task An_archived_channel_has_a_successor_in_which_the_story_goes_on()
    {
        var before = await MailStuckAsync();
        await SayAsync("it is the relay");
        await before.ExpectsCard("console: it is the relay");
        Anna.Archives(before);

        var after = await SuccessorAsync("inc-1-mail-is-stuck-2");
        await after.ExpectsCard("The channel in slack is gone (archived by anna); the story goes on in a new one");
        await after.ExpectsCard("inc-1: Mail is stuck");
        await SayAsync("the relay is restarted");
        await after.ExpectsCard("console: the relay is restarted");

        // Told once, here or there.
        after.Count("it is the relay").ShouldBe(0);
        after.Count("Declared: Mail is stuck").ShouldBe(0);
        after.Count("is gone (archived").ShouldBe(1);
        before.Count("the relay is restarted").ShouldBe(0);
        await Until.Holds(
            () => Task.FromResult(after.Channel is { Pins.Count: 1, Bookmarks.Count: 1 } && after.Channel.Members.Contains(Anna.User.Id)),
            "the pin, the bookmark and who declared it"
        );
        Bruno.Writes("I see it here", after.Channel.Name);
        await Tells("I see it here");
        (await TimelineAsync()).Count(line => line.Contains("is gone", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_channel_into_which_the_app_cannot_come_back_has_a_successor_and_no_line_is_lost()
    {
        var before = await MailStuckAsync();
        Slack.Faults.CallRule = call =>
            call.Text("channel") != before.Channel.Id ? null
            : call.Method is "chat.postMessage" ? new Fault.Refused("not_in_channel")
            : call.Method is "conversations.join" ? new Fault.Refused("method_not_supported_for_channel_type")
            : null;
        await SayAsync("still here");

        var after = await SuccessorAsync("inc-1-mail-is-stuck-2");
        await after.ExpectsCard("console: still here");
        // Made minutes ago for this very incident, the old one is not taken for the new one.
        (await TimelineAsync())
            .Count(line => line.Contains("is gone", StringComparison.Ordinal))
            .ShouldBe(1);
    }

    [Fact]
    public async Task A_deleted_channel_of_which_nobody_told_is_noticed_by_the_next_line()
    {
        Slack.Delivery.Subscribed.Remove("channel_deleted");
        var before = await MailStuckAsync();
        Anna.Deletes(before);
        await SayAsync("still here");

        // Its name is free again.
        var after = await SuccessorAsync("inc-1-mail-is-stuck");
        after.Channel.Id.ShouldNotBe(before.Channel.Id);
        await after.ExpectsCard("console: still here");
        after.Count("still here").ShouldBe(1);
        after.Count("Declared: Mail is stuck").ShouldBe(0);
        (await after.ExpectsCard("is gone (channel_not_found)")).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_re_opened_incident_does_not_stay_in_the_archive()
    {
        var before = await MailStuckAsync();
        await Console("/incident resolve", "inc-1");
        await before.ExpectsCard("Resolved");
        Anna.Archives(before);
        await Console("/incident reopen it is back", "inc-1");
        var after = await SuccessorAsync("inc-1-mail-is-stuck-2");
        await after.ExpectsCard("Re-opened: it is back");
        await after.ExpectsCard("inc-1: Mail is stuck", "investigating");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_summary_that_somebody_deleted_is_posted_anew_and_pinned(bool tells)
    {
        var channel = await MailStuckAsync();
        var summary = await channel.ExpectsCard("inc-1: Mail is stuck");
        await Until.Holds(() => Task.FromResult(channel.Channel.Pins.Contains(summary.Message.Ts)), "the pin");
        Bruno.Deletes(summary.Message, channel.Channel.Name, tells);

        await Tells("Somebody deleted the summary of the bot in slack");
        var anew = await channel.ExpectsCard("inc-1: Mail is stuck");
        anew.Message.Ts.ShouldNotBe(summary.Message.Ts);
        await Until.Holds(() => Task.FromResult(channel.Channel.Pins.SequenceEqual([anew.Message.Ts])), "the new one's pin");
        (await TimelineAsync()).ShouldNotContain("Deleted a message");
    }

    [Fact]
    public async Task A_line_that_somebody_deleted_stays_deleted_and_what_other_apps_wrote_is_none_of_ours()
    {
        var channel = await MailStuckAsync();
        var line = await channel.ExpectsCard("Declared: Mail is stuck");
        SlackMessage others;
        lock (Slack.Workspace.Gate)
        {
            others = new SlackMessage(Slack.Workspace.NewTs(), Workspace.BotUserId) { Text = "build 7 failed", IsOfApp = true };
            channel.Channel.Messages.Add(others);
        }

        Bruno.Deletes(others, channel.Channel.Name);
        Bruno.Deletes(line.Message, channel.Channel.Name);
        await Tells("Somebody deleted a line of the bot in slack");
        await SayAsync("on it");
        await channel.ExpectsCard("console: on it");
        channel.Count("Declared: Mail is stuck").ShouldBe(0);
        (await TimelineAsync()).Count(text => text.Contains("deleted", StringComparison.OrdinalIgnoreCase)).ShouldBe(1);
    }

    private Task<string> SayAsync(string text) => Console("/incident say " + text, "inc-1");

    private async Task<Place> SuccessorAsync(string name)
    {
        var found = await Until.Comes(
            () =>
            {
                lock (Slack.Workspace.Gate)
                    return Task.FromResult(Slack.Workspace.Channels.Find(channel => channel.Name == name));
            },
            "a channel #" + name,
            async () => string.Join('\n', await TimelineAsync())
        );
        return new Place(Slack, found);
    }
}
