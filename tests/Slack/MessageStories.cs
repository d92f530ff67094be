using Tests.FakeSlack;

namespace Tests.Slack;

/// <summary>What people write in channels, and how it gets onto a timeline.</summary>
public sealed class MessageStories : SlackStory
{
    [Fact]
    public async Task A_message_of_any_channel_is_put_on_a_timeline_by_its_link()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var message = Bruno.Writes("since noon the relay answers 451", "general", null, "F1");
        var link = ChatMethods.Link(Slack.Channel("general").Channel, message);
        (await Anna.Types($"/incident mark <{link}> inc-1")).ShouldBe("Added to the timeline of inc-1.");
        (await Anna.Types($"/incident mark <{link}> inc-1")).ShouldBe("Added to the timeline of inc-1.");

        (await TimelineAsync()).Count(line => line.StartsWith("For the timeline: “since noon", StringComparison.Ordinal)).ShouldBe(1);
        var entry = await EntryAsync("For the timeline: “since noon the relay answers 451” (bruno) [F1.png]");
        entry.GetProperty("data").GetProperty("permalink").GetString().ShouldBe(link);
        entry.GetProperty("actor").GetString()!.ShouldEndWith("anna");
        entry.GetProperty("happenedAt").GetDateTimeOffset().ShouldBeLessThan(entry.GetProperty("recordedAt").GetDateTimeOffset());
        (await Anna.Types("/incident mark <https://fake.slack.test/archives/C1NOWHERE/p1700000000123456> inc-1")).ShouldContain(
            "channel_not_found"
        );
        (await Anna.Types("/incident mark https://example.com/x inc-1")).ShouldContain("no link to a message");
    }

    [Fact]
    public async Task The_shortcut_asks_for_the_incident_where_the_channel_is_none()
    {
        var message = Bruno.Writes("is anybody looking at mail?", "general");
        await Anna.UsesShortcut("add_to_timeline", message, "general");
        await Anna.Hears("No incident is open.");
        await Anna.Types("/incident declare Mail is stuck");
        await Anna.UsesShortcut("add_to_timeline", message, "general");
        var form = await Anna.SeesModal("Add to timeline");
        (await (await form.Searches("Of which incident?", "mail")).Submits()).ShouldBeEmpty();
        await Tells("For the timeline: “is anybody looking at mail?” (bruno)");
    }

    [Fact]
    public async Task An_answer_in_a_thread_is_marked_by_a_reaction()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        var name = channel.Channel.Name;
        var answer = Bruno.Writes("it is the disk", name, Anna.Writes("what is it?", name));
        Anna.Reacts("pushpin", answer, name);
        await Tells("For the timeline: “it is the disk” (bruno)");
    }

    [Fact]
    public async Task A_message_that_has_answers_is_deleted_as_any_other()
    {
        var name = (await MailStuckAsync()).Channel.Name;
        var message = Anna.Writes("it is the network", name);
        Bruno.Writes("no, it is the disk", name, message);
        await Tells("no, it is the disk");
        Anna.Deletes(message, name);
        await Tells("Deleted a message");
    }

    [Fact]
    public async Task Events_that_come_in_another_order_tell_the_same_story()
    {
        var channel = await MailStuckAsync();
        var name = channel.Channel.Name;
        Slack.Delivery.Subscribed.Remove("message");
        var edited = Bruno.Writes("it has 4,000 messages", name);
        var deleted = Bruno.Writes("wrong channel, sorry", name);
        var late = new[] { edited, deleted }.Select(message => Events.Message(channel.Channel, message)).ToList();
        Slack.Delivery.Subscribed.Add("message");

        Bruno.Edits(edited, "it has 40,000 messages", name);
        await Tells("Edited to: it has 40,000 messages");
        Bruno.Deletes(deleted, name);
        await Tells("Deleted a message");
        lock (Slack.Workspace.Gate)
            late.ForEach(Slack.Workspace.Tell);
        await Support.Until.Holds(() => Task.FromResult(Slack.Delivery.Pending == 0), "the end of what is under way");
        (await TimelineAsync())
            .Where(line => line.Contains("message", StringComparison.Ordinal) || line.Contains("wrong", StringComparison.Ordinal))
            .ShouldBe(["it has 4,000 messages", "Edited to: it has 40,000 messages", "Deleted a message"]);
    }

    [Fact]
    public async Task An_incident_is_declared_from_a_message_and_begins_with_it()
    {
        var message = Bruno.Writes("checkout throws 500s\nsince the deploy", "general");
        await Anna.UsesShortcut("declare_from_message", message, "general");
        var form = await Anna.SeesModal("Declare an incident");
        form.Text.ShouldContain("What is wrong?");
        (await form.Fill("Severity", "sev2").Submits()).ShouldBeEmpty();

        var channel = await Slack.ExpectsChannel("inc-1");
        channel.Channel.Name.ShouldBe("inc-1-checkout-throws-500s");
        await Tells("For the timeline: “checkout throws 500s\nsince the deploy” (bruno)");
    }

    [Fact]
    public async Task A_channel_that_people_made_becomes_the_incidents()
    {
        Slack.AddChannel("mail-trouble", withApp: false, members: [Anna, Bruno]);
        await Anna.Types("/incident convert", "mail-trouble");
        var form = await Anna.SeesModal("Make this an incident");
        (await form.Fill("What is wrong?", "Mail is stuck").Submits()).ShouldBeEmpty();
        await Anna.Hears("Declared inc-1: Mail is stuck. This is its channel from now on (inc-1).");

        var channel = Slack.Channel("mail-trouble");
        var card = await channel.ExpectsCard("inc-1: Mail is stuck");
        await Anna.Presses("Take the lead", card);
        await channel.ExpectsUpdate(card, "anna");
        Bruno.Writes("the relay is full", "mail-trouble");
        await Tells("the relay is full");
        (await Anna.Types("/incident convert Again", "mail-trouble")).ShouldBe("This is the channel of inc-1 already.");
        Slack.Workspace.Channels.ShouldNotContain(one => one.Name.StartsWith("inc-1", StringComparison.Ordinal));

        Slack.AddChannel("secret", isPrivate: true, withApp: false, members: Anna);
        (await Anna.Types("/incident convert Secret trouble", "secret")).ShouldContain("Invite me first");
        (await Console("/incident list", null)).ShouldNotContain("Secret trouble");
    }

    [Fact]
    public async Task Two_incidents_that_have_to_do_with_each_other_say_so_on_both_sides()
    {
        await Anna.Types("/incident declare Mail is stuck");
        await Anna.Types("/incident declare Orders are lost");
        var mail = await Slack.ExpectsChannel("inc-1");
        var orders = await Slack.ExpectsChannel("inc-2");
        await mail.ExpectsCard("inc-1: Mail is stuck");
        await orders.ExpectsCard("inc-2: Orders are lost");
        (await Anna.Types("/incident relate inc-2 the same relay", "inc-1")).ShouldBe("inc-1 and inc-2 are related.");
        await mail.ExpectsCard("anna: Related to inc-2: the same relay");
        await orders.ExpectsCard("anna: Related to inc-1: the same relay");
        await orders.ExpectsCard("inc-2: Orders are lost", "Related", "inc-1");
        (await Anna.Types("/incident relate inc-1", "inc-2")).ShouldBe("inc-2 and inc-1 are related already.");
    }

    private async Task<System.Text.Json.JsonElement> EntryAsync(string text) =>
        (await TimelineEntriesAsync()).First(entry => entry.GetProperty("text").GetString() == text);
}
