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
        await Anna.Chooses("Status", "monitoring", card);
        await channel.ExpectsCard("triage → monitoring");
        await Anna.Chooses("Severity", "sev3", card);
        await channel.ExpectsUpdate(card, "sev3", "monitoring");
        await Anna.Presses("Resolve", card);
        var resolve = await Anna.SeesModal("Resolve the incident");
        resolve.Fill("What ended it?", "the lock is gone").Fill("What is left to do?", "find who took it\nalert on locks");
        (await resolve.Submits()).ShouldBeEmpty();
        await channel.ExpectsUpdate(card, "resolved", "Re-open");
        await channel.ExpectsCard("Resolved: the lock is gone");
        await channel.ExpectsCard("Task 2: alert on locks");
    }

    [Fact]
    public async Task An_update_says_more_than_a_sentence_and_its_promise_is_kept()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        var card = await channel.ExpectsCard("inc-1: Mail is stuck");
        await Anna.Presses("Update", card);
        var update = await Anna.SeesModal("Post an update");
        update.Fill("How does it stand?", "The relay is full").Fill("Who is affected, and how?", "Nobody gets mail");
        update.Fill("What is done next?", "We empty it").Fill("New state", "identified").Fill("New severity", "sev1");
        (await update.Fill("When is the next update?", "yesteryear").Submits()).Values.ShouldHaveSingleItem().ShouldContain("yesteryear");
        update.Fill("When is the next update?", "2020-01-01T00:00:00Z");
        (await update.Submits())["When is the next update?"].ShouldContain("It lies in the past");
        (await update.Fill("When is the next update?", "45m").Submits()).ShouldBeEmpty();

        await channel.ExpectsCard("Update: The relay is full", "Impact: Nobody gets mail", "Next: We empty it", "Next update by");
        await channel.ExpectsUpdate(card, "identified", "sev1", "the next by");
    }

    [Fact]
    public async Task A_role_is_taken_by_a_button_and_its_holder_is_told_what_it_means()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        var card = await channel.ExpectsCard("inc-1: Mail is stuck");
        await Bruno.Presses("Roles", card);
        var roles = await Bruno.SeesCard("Roles in inc-1");
        await Bruno.Presses("Be scribe", roles);
        await channel.ExpectsUpdate(card, "scribe: bruno");
        var brief = await Slack.Direct(Bruno).ExpectsCard("You are scribe of inc-1: Mail is stuck", "the timeline is complete");
        await Bruno.Presses("Give it back", brief);
        await channel.ExpectsCard("bruno is no longer scribe");
    }

    [Fact]
    public async Task The_lead_is_handed_over_with_what_must_be_known()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        var card = await channel.ExpectsCard("inc-1: Mail is stuck");
        await Anna.Presses("Take the lead", card);
        await channel.ExpectsUpdate(card, "anna");
        await Anna.Types("/incident task add ask the provider", "inc-1");
        await Anna.Types("/incident update the relay is full", "inc-1");
        await Anna.Presses("Hand over", card);
        var form = await Anna.SeesModal("Hand over the lead");
        (await form.Fill("To whom?", "bruno").Fill("What must they know?", "the provider calls at five").Submits()).ShouldBeEmpty();

        await channel.ExpectsCard("bruno took over as commander from anna: the provider calls at five");
        await Slack
            .Direct(Bruno)
            .ExpectsCard("You are commander of inc-1", "the provider calls at five", "the relay is full", "1. ask the provider");
    }

    [Fact]
    public async Task Tasks_are_added_and_done_by_buttons()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        var card = await channel.ExpectsCard("inc-1: Mail is stuck");
        await Anna.Presses("Tasks", card);
        await Anna.Presses("Add a task", await Anna.SeesCard("Tasks of inc-1"));
        var form = await Anna.SeesModal("Add a task");
        (await form.Fill("What has to be done?", "empty the relay").Fill("By whom?", "bruno").Submits()).ShouldBeEmpty();
        await channel.ExpectsCard("Task 1: empty the relay (for bruno)");
        await Bruno.Presses("Tasks", card);
        await Bruno.Presses("1 is done", await Bruno.SeesCard("1. [ ] empty the relay"));
        await channel.ExpectsCard("bruno: Task 1 is done");
    }

    [Fact]
    public async Task People_are_named_by_mention_and_refusals_say_who_may()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        (await Anna.Types("/incident role scribe @bruno", "inc-1")).ShouldBe("bruno is scribe.");
        await channel.ExpectsCard("anna: bruno is scribe");
        await Support.Until.Holds(() => Task.FromResult(channel.Channel.Members.Contains(Bruno.User.Id)), "bruno in the channel");

        (await Gus.Types("/incident ack inc-1")).ShouldBe(
            "This needs the role viewer, which guests do not have (Chat:Roles). Ask an admin."
        );
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

    [Theory]
    [InlineData("/incident declare Mail is stuck")]
    [InlineData("/incident status inc-1")]
    public async Task A_card_that_is_read_outside_of_the_channel_has_buttons_that_work_there(string line)
    {
        await Console("/incident declare Mail is stuck", null);
        await Slack.ExpectsChannel("inc-1");
        await Anna.Types(line);
        var incident = line.Contains("declare", StringComparison.Ordinal) ? "inc-2" : "inc-1";
        var card = await Anna.SeesCard($"{incident}: Mail is stuck", "Severity");
        await Anna.Presses("Acknowledge", card);
        await Anna.Hears($"{incident} acknowledged.");
        await Anna.Chooses("Severity", "sev2", card);
        await Anna.Presses("Update", card);
        (await (await Anna.SeesModal("Post an update")).Fill("How does it stand?", "better").Submits()).ShouldBeEmpty();
        await Support.Until.Holds(async () => (await TimelineAsync(incident)).Contains("Update: better"), "the update on its timeline");
        (await TimelineAsync(incident)).ShouldContain("Severity unset → sev2");
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
        await Anna.PressesAtHome("Take the lead");
        await Anna.SeesAtHome("Done", "anna is commander.", "1 with a role of yours");
        await Anna.PressesAtHome("Update");
        (await (await Anna.SeesModal("Post an update")).Fill("How does it stand?", "better").Submits()).ShouldBeEmpty();
        await Slack.Channel("inc-1").ExpectsCard("anna: Update: better");
    }

    [Fact]
    public async Task A_postmortem_is_read_in_figures_with_the_way_to_its_draft()
    {
        await Anna.Types("/incident declare Mail & \"relay\" | *stuck*");
        await (await Slack.ExpectsChannel("inc-1")).ExpectsCard("Mail &amp; \"relay\"");
        await Anna.Types("/incident ack", "inc-1");
        await Anna.Types("/incident resolve it was the disk", "inc-1");
        await Anna.Types("/incident postmortem", "inc-1");
        var card = await Anna.SeesCard("Postmortem of inc-1: Mail &amp; \"relay\" | *stuck*", "/incidents/inc-1/postmortem.md");
        card.Text.ShouldContain("Time to acknowledge");
        card.Text.ShouldNotContain("|---|");
        card.Text.ShouldNotContain("\\*");
        card.Text.ShouldNotContain("&amp;amp;");
    }
}
