using System.Text.Json.Nodes;
using Integrations;
using Microsoft.Extensions.DependencyInjection;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>What people do in an incident's channel while no event reaches the bot: told afterwards, once.</summary>
public sealed class ReadBackStories : SlackStory
{
    // What is waited for is the pace that Slack allows.
    private protected override TimeProvider Clock { get; } = new HastyTime(5);

    private Place channel = null!;

    private string Name => channel.Channel.Name;

    [Fact]
    public async Task Answers_in_threads_edits_and_deletions_are_read_back_and_told_once()
    {
        await BeginAsync();
        var kept = Bruno.Writes("the relay answers 451", Name);
        var edited = Bruno.Writes("it has 4,000 messages", Name);
        var deleted = Bruno.Writes("wrong channel, sorry", Name);
        var parent = Bruno.Writes("what is it?", Name);
        var answer = Bruno.Writes("it is the disk", Name, parent);
        var wrong = Bruno.Writes("it is the network", Name, parent);
        var stone = Bruno.Writes("never mind", Name);
        Bruno.Writes("why never mind?", Name, stone);
        foreach (var text in new[] { "the relay answers 451", "wrong channel, sorry", "it is the network", "why never mind?" })
            await Tells(text);

        await AwayAsync();
        Bruno.Edits(edited, "it has 40,000 messages", Name);
        Bruno.Edits(answer, "it is the disk of mail2", Name);
        Bruno.Deletes(deleted, Name);
        Bruno.Deletes(wrong, Name);
        Bruno.Deletes(stone, Name);
        Bruno.Writes("I restart it", Name, kept);
        Anna.Reacts("pushpin", kept, Name);
        Gus.Reacts("pushpin", answer, Name);
        Anna.Reacts("pushpin", answer, Name);
        var fresh = Bruno.Writes("it goes down", Name);
        Bruno.Edits(fresh, "it goes down: 30,000", Name);
        Bruno.Writes("on the card", Name, channel.Channel.Messages.First(message => message.IsOfApp));
        await BackAsync();

        await Tells("it goes down: 30,000");
        await Tells("I restart it");
        await Tells("on the card");
        await Tells("Edited to: it has 40,000 messages");
        await Tells("Edited to: it is the disk of mail2");
        await Tells("For the timeline: “the relay answers 451” (bruno)");
        await Tells("For the timeline: “it is the disk of mail2” (bruno)");
        await Until.Holds(async () => await DeletionsAsync() == 3, "three deletions");

        // Again, and by the events that Slack brings late: nothing comes twice.
        var before = await TimelineAsync();
        await AwayAsync();
        await BackAsync();
        Slack.Delivery.Twice = true;
        Bruno.Writes("the end", Name);
        await Tells("the end");
        (await TimelineAsync()).ShouldBe([.. before, "the end"]);
    }

    [Fact]
    public async Task What_was_read_back_and_comes_by_an_event_later_is_one()
    {
        await BeginAsync();
        var message = Bruno.Writes("it has 4,000 messages", Name);
        await Tells("it has 4,000 messages");
        await AwayAsync();
        Bruno.Edits(message, "it has 40,000 messages", Name);
        Bruno.Writes("who looks?", Name, message);
        await BackAsync();
        await Tells("Edited to: it has 40,000 messages");
        await Tells("who looks?");

        // The same edit once more, as after a late repeat; and a change that nobody made, as when a link's preview comes.
        lock (Slack.Workspace.Gate)
        {
            foreach (var one in new[] { message, channel.Channel.Messages.Last(one => !one.IsOfApp) })
                Slack.Workspace.Tell(Events.Changed(Slack.Workspace, channel.Channel, one, one.ToJson(metadata: false)));
        }

        Bruno.Writes("the end", Name);
        await Tells("the end");
        (await TimelineAsync()).Count(line => line.StartsWith("Edited to:", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task What_became_of_messages_of_other_channels_that_stand_on_the_timeline_is_read_back_and_nothing_else_of_them()
    {
        await BeginAsync();
        var edited = Bruno.Writes("the db looks slow", "general");
        var deleted = Bruno.Writes("it is the backup", "general");
        var answer = Bruno.Writes("or the index?", "general", edited);
        var stone = Bruno.Writes("who deployed?", "general");
        Anna.Writes("I did", "general", stone);
        var untouched = Bruno.Writes("the cache is cold", "general");
        var lunch = Bruno.Writes("lunch?", "general");
        foreach (var message in new[] { edited, deleted, answer, stone, untouched })
            await Anna.Types($"/incident mark <{ChatMethods.Link(Slack.Channel("general").Channel, message)}> inc-1");

        await AwayAsync();
        Bruno.Edits(edited, "the db looks fine, my mistake", "general");
        Bruno.Edits(answer, "it was the index", "general");
        Bruno.Edits(lunch, "lunch at noon?", "general");
        Bruno.Deletes(deleted, "general");
        Bruno.Deletes(stone, "general");
        Bruno.Writes("pizza?", "general", lunch);
        await BackAsync();

        await Tells("Edited to: the db looks fine, my mistake");
        await Tells("Edited to: it was the index");
        await Until.Holds(async () => await DeletionsAsync() == 2, "two deletions");

        // Again: nothing comes twice, and what nobody put there never.
        await AwayAsync();
        await BackAsync();
        Bruno.Writes("the end", Name);
        await Tells("the end");
        var timeline = await TimelineAsync();
        timeline.Count(line => line.StartsWith("Edited to:", StringComparison.Ordinal)).ShouldBe(2);
        timeline.Count(line => line is "Deleted a message").ShouldBe(2);
        timeline.ShouldNotContain(line =>
            line.Contains("lunch", StringComparison.Ordinal) || line.Contains("pizza", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task One_message_that_cannot_be_read_hides_none_of_the_others_and_counts_as_there()
    {
        await BeginAsync();
        var marked = Slack.AppWrites("Grafana", "general", [new JsonObject { ["fallback"] = "[FIRING] HighErrors" }]);
        await Anna.Types($"/incident mark <{ChatMethods.Link(Slack.Channel("general").Channel, marked)}> inc-1");
        var known = Bruno.Writes("it has 4,000 messages", Name);
        await Tells("it has 4,000 messages");

        await AwayAsync();
        Bruno.Writes("the relay answers 451", Name);
        Slack.AppWrites("Jenkins", Name).Odd = new JsonObject { ["files"] = "none" };
        Slack.AppWrites("Jenkins", Name).Odd = new JsonObject { ["ts"] = null };
        known.Odd = marked.Odd = new JsonObject { ["edited"] = "yes" };
        Bruno.Writes("it goes down", Name);
        await BackAsync();

        await Tells("the relay answers 451");
        await Tells("it goes down");
        string Trouble() =>
            Bot
                .Services.GetServices<IChatPlatform>()
                .Single(one => one.Name is "slack")
                .Troubles.Single(trouble => trouble.Contains("could not be read", StringComparison.Ordinal));
        await Until.Holds(
            () => Task.FromResult(Trouble().StartsWith("4 of what", StringComparison.Ordinal)),
            "a word of each",
            () => Task.FromResult(Trouble())
        );
        Trouble()
            .ShouldContain($"the message {marked.Ts} of {Slack.Channel("general").Channel.Id}: $.edited of the message is of another kind");

        // Looked at again they are no news, and nothing was deleted.
        await AwayAsync();
        await BackAsync();
        Bruno.Writes("the end", Name);
        await Tells("the end");
        Trouble().ShouldStartWith("4 of what");
        (await DeletionsAsync()).ShouldBe(0);
        (await Anna.Types($"/incident mark <{ChatMethods.Link(Slack.Channel("general").Channel, marked)}> inc-1")).ShouldContain(
            "in a way that I cannot read"
        );
    }

    [Fact]
    public async Task That_a_private_incidents_channel_was_made_public_is_read_back()
    {
        await Anna.Types("/incident declare Mail is stuck --private");
        channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("Declared: Mail is stuck");
        Slack.Delivery.RetryAfter = [];
        await AwayAsync();
        Olga.MakesPublic(channel);
        await BackAsync();
        await Tells(
            "Everybody can read the channel in slack now (made public by olga): nothing more of this private incident is said there"
        );
    }

    [Fact]
    public async Task Of_a_channel_that_the_bot_was_removed_from_nothing_is_read_and_all_else_is()
    {
        await BeginAsync();
        var message = Bruno.Writes("the db looks slow", "general");
        await Anna.Types($"/incident mark <{ChatMethods.Link(Slack.Channel("general").Channel, message)}> inc-1");
        await AwayAsync();
        Slack.Channel("general").Channel.Members.Remove(Workspace.BotUserId);
        Bruno.Edits(message, "the db looks fine", "general");
        Bruno.Writes("it goes down", Name);
        await BackAsync();
        await Tells("it goes down");
        Bruno.Writes("the end", Name);
        await Tells("the end");
        (await TimelineAsync()).ShouldNotContain("Edited to: the db looks fine");
        Slack.Channel("general").Channel.Members.ShouldNotContain(Workspace.BotUserId);
    }

    [Fact]
    public async Task Old_marks_of_a_channel_that_was_there_before_are_none_of_the_incident()
    {
        var written = Bruno.Writes("the old relay", "general");
        var old = written with { Ts = "1500000000.000100" };
        lock (Slack.Workspace.Gate)
        {
            var messages = Slack.Channel("general").Channel.Messages;
            messages[messages.IndexOf(written)] = old;
        }

        Anna.Reacts("pushpin", old, "general");
        await Anna.Types("/incident convert Mail is stuck", "general");
        channel = Slack.Channel("general");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        Slack.Delivery.RetryAfter = [];
        await AwayAsync();
        Bruno.Writes("it goes down", Name);
        await BackAsync();
        await Tells("it goes down");
        Bruno.Writes("the end", Name);
        await Tells("the end");
        (await TimelineAsync()).ShouldNotContain(line => line.Contains("the old relay", StringComparison.Ordinal));
    }

    private async Task BeginAsync()
    {
        await Anna.Types("/incident declare Mail is stuck");
        channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        await channel.ExpectsCard("Declared: Mail is stuck");
        Slack.Delivery.RetryAfter = [];
    }

    private async Task AwayAsync()
    {
        await Until.Holds(() => Task.FromResult(Slack.Delivery.Pending == 0), "the end of what is under way");
        Slack.Faults.IsDown = true;
        Slack.Sockets.Drop();
    }

    private async Task BackAsync()
    {
        await Until.Holds(() => Task.FromResult(Slack.Delivery.Pending == 0), "the end of Slack's tries");
        var made = Slack.Sockets.Made;
        var read = Slack.Calls.Of("conversations.history").Count(call => call.Outcome is "ok");
        Slack.Faults.IsDown = false;
        await Until.Holds(() => Task.FromResult(Slack.Sockets.Made > made), "a new connection");
        await Until.Holds(
            () => Task.FromResult(Slack.Calls.Of("conversations.history").Count(call => call.Outcome is "ok") > read),
            "a look at the channel"
        );
    }

    private async Task<int> DeletionsAsync() => (await TimelineAsync()).Count(line => line is "Deleted a message");
}
