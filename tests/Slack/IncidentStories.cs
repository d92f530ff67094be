using Tests.FakeSlack;

namespace Tests.Slack;

public sealed class IncidentStories : SlackStory
{
    [Fact]
    public async Task An_incident_is_declared_by_a_form_and_led_to_its_end_from_its_channel()
    {
        await Anna.Types("/incident declare");
        var form = await Anna.SeesModal("Declare an incident");
        (await form.Fill("What is wrong?", "Checkout is slow").Fill("Severity", "sev2").Submits()).ShouldBeEmpty();

        var channel = await Slack.ExpectsChannel("inc-1");
        channel.Channel.Name.ShouldBe("inc-1-checkout-is-slow");
        var card = await channel.ExpectsCard("inc-1: Checkout is slow", "sev2", "NOBODY");
        await Anna.Presses("Take the lead", card);
        await channel.ExpectsUpdate(card, "Commander", "anna");
        await channel.ExpectsCard("anna: anna is commander");
        await Support.Until.Holds(
            () =>
                Task.FromResult(
                    channel.Channel.Pins.Contains(card.Message.Ts) && channel.Channel.Topic.Contains("lead anna", StringComparison.Ordinal)
                ),
            "a pin and a topic"
        );
        channel.Channel.Bookmarks.ShouldHaveSingleItem()["link"]!.ToString().ShouldEndWith("/incidents/inc-1");
        await Support.Until.Holds(() => Task.FromResult(channel.Channel.Members.Contains(Anna.User.Id)), "who declared it in the channel");

        (await Anna.Types("/inc severity 1 --reason nobody can pay", "inc-1")).ShouldBe("inc-1: sev2 → sev1.");
        await channel.ExpectsCard("Severity sev2 → sev1: nobody can pay");
        await Anna.Presses("Update", await channel.ExpectsCard("inc-1: Checkout is slow"));
        var update = await Anna.SeesModal("Post an update");
        (await update.Fill("How does it stand?", "We know the cause").Submits()).ShouldBeEmpty();
        await channel.ExpectsCard("anna: Update: We know the cause");
        await Anna.Types("/incident resolve the lock is gone", "inc-1");
        await channel.ExpectsUpdate(card, "resolved", "Re-open");
    }

    [Fact]
    public async Task People_are_named_by_mention_and_refusals_say_who_may()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        (await Anna.Types("/incident role scribe @bruno", "inc-1")).ShouldBe("bruno is scribe.");
        await channel.ExpectsCard("anna: bruno is scribe");
        await Support.Until.Holds(() => Task.FromResult(channel.Channel.Members.Contains(Bruno.User.Id)), "bruno in the channel");

        (await Gus.Types("/incident ack inc-1")).ShouldContain("This needs the role viewer");
        (await Anna.Types("/incident approve run-1 step")).ShouldContain("This needs the role approver");
        await Olga.Types("/incident list");
        (await Anna.Types("/incident approve run-1 step")).ShouldBe("This needs the role approver. Ask olga.");
    }

    [Fact]
    public async Task A_form_says_what_is_wrong_with_an_answer_where_it_is_wrong()
    {
        await Anna.Types("/incident declare");
        var form = await Anna.SeesModal("Declare an incident");
        var errors = await form.Fill("What is wrong?", "Mail").Fill("Since when? (empty: now)", "yesteryear").Submits();

        errors["Since when? (empty: now)"].ShouldContain("yesteryear");
        form.IsOpen.ShouldBeTrue();
    }

    [Fact]
    public async Task Messages_are_heard_marked_edited_and_deleted()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        var name = channel.Channel.Name;
        var message = Bruno.Writes("the queue has 4,000 messages", name);
        await Tells("the queue has 4,000 messages");
        Anna.Reacts("pushpin", message, name);
        await Tells("For the timeline: “the queue has 4,000 messages” (bruno)");
        Bruno.Edits(message, "the queue has 40,000 messages", name);
        await Tells("Edited to: the queue has 40,000 messages");
        Bruno.Deletes(message, name);
        await Tells("Deleted a message");

        var second = Bruno.Writes("restarting the relay", name);
        await Tells("restarting the relay");
        await Anna.UsesShortcut("add_to_timeline", second, name);
        await Anna.Hears("Added to the timeline.");
        // What people wrote there is not told there again.
        channel.Count("restarting the relay").ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_is_reminded_can_snooze_or_do_it()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        var remind = new global::Bot.Desk.IncidentWork(
            1,
            new global::Bot.Incidents.IncidentCommand.Record(
                new global::Bot.Incidents.IncidentFact.Reminded(global::Bot.Incidents.ReminderKind.NoCommander)
            ),
            global::Bot.Log.Actor.System
        );
        await Bot.Get<global::Bot.Desk.IDesk>().SubmitAsync(remind, default);
        var reminder = await channel.ExpectsCard("Reminder: nobody leads this incident");
        await Bruno.Presses("Snooze 1 day", reminder);
        await Bruno.Hears("No reminders until");
        await Bruno.Presses("Take the lead", reminder);
        await channel.ExpectsCard("bruno: bruno is commander");
    }

    [Fact]
    public async Task Home_shows_what_is_open_and_its_buttons_work()
    {
        await Anna.Types("/incident declare Mail is stuck");
        await Slack.ExpectsChannel("inc-1");
        Anna.LooksAtHome();
        var home = await Support.Until.Comes(() => Task.FromResult(Slack.Workspace.Homes.GetValueOrDefault(Anna.User.Id)), "a home");

        var text = Card.TextOf(home["blocks"]);
        text.ShouldContain("inc-1: Mail is stuck");
        text.ShouldContain("Declare an incident");
        home["blocks"]!.ToJsonString().ShouldContain("/incident lead inc-1 me");
    }
}
