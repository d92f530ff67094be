using Tests.FakeSlack;

namespace Tests.Slack;

/// <summary>Three seconds to acknowledge, three to open a form, and everything may come twice.</summary>
public sealed class HasteStories : SlackStory
{
    [Fact]
    public async Task A_form_that_is_asked_for_twice_by_the_same_press_opens_once_and_nobody_is_told_that_it_failed()
    {
        Slack.Delivery.Twice = true;
        await Anna.CommandAsync("/incident declare");
        await Anna.SeesModal("Declare an incident");
        await Support.Until.Holds(() => Task.FromResult(Slack.Calls.Of("views.open").Count == 2), "both tries");
        Slack.Delivery.Twice = false;
        (await Anna.Types("/incident list")).ShouldBe("No incident is open.");
        lock (Slack.Workspace.Gate)
        {
            Slack.Workspace.Ephemerals.ShouldNotContain(seen => seen.Text.Contains("could not be shown", StringComparison.Ordinal));
            Slack.Workspace.Views.Count(view => view.IsOpen).ShouldBe(1);
        }
    }

    [Fact]
    public async Task A_press_that_comes_twice_is_answered_once()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var card = await (await Slack.ExpectsChannel("inc-1")).ExpectsCard("inc-1: Mail is stuck");
        Slack.Delivery.Twice = true;
        await Anna.Presses("Take the lead", card);
        Slack.Delivery.Twice = false;
        await Anna.Hears("commander");
        (await Anna.Types("/incident status inc-1")).ShouldNotBeEmpty();
        lock (Slack.Workspace.Gate)
            Slack.Workspace.Ephemerals.Count(seen => seen.Text.Contains("anna is commander", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task While_slack_is_slow_to_show_a_message_whoever_marks_it_by_its_link_is_told_so_in_time()
    {
        await MailStuckAsync();
        var link = ChatMethods.Link(Slack.Channel("general").Channel, Bruno.Writes("the relay answers 451", "general"));
        Slack.Faults.Rule = method => method is "conversations.history" ? new Fault.Late(TimeSpan.FromSeconds(20)) : null;
        (await Anna.Types($"/incident mark <{link}> inc-1")).ShouldBe("slack does not answer. Try again in a moment.");
        Slack.Faults.Rule = null;
        (await Anna.Types($"/incident mark <{link}> inc-1")).ShouldBe("Added to the timeline of inc-1.");
    }

    [Fact]
    public async Task While_slack_is_slow_to_say_who_and_where_a_message_is_put_on_the_timeline_with_its_link()
    {
        var channel = await MailStuckAsync();
        var name = channel.Channel.Name;
        Slack.Delivery.Subscribed.Clear();
        var message = Bruno.Writes("the relay answers 451", name);
        Slack.Faults.Rule = method => method is "users.info" or "chat.getPermalink" ? new Fault.Hangs(false) : null;

        await Anna.UsesShortcut("add_to_timeline", message, name);
        await Anna.Hears("Added to the timeline.");
        var entry = (await TimelineEntriesAsync()).Single(entry =>
            entry.GetProperty("text").GetString()!.Contains("the relay answers 451", StringComparison.Ordinal)
        );
        entry.GetProperty("data").GetProperty("permalink").GetString().ShouldBe(ChatMethods.Link(channel.Channel, message));
    }
}
