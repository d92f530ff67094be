using Tests.FakeSlack;

namespace Tests.Slack;

public sealed class PagingStories : SlackStory
{
    private IReadOnlyList<Person> many = [];
    private string sre = "";

    private protected override void Furnish()
    {
        sre = Slack.AddGroup("sre", Slack.AddPerson("dora")).Id;
        many = [.. Enumerable.Range(1, 25).Select(number => Slack.AddPerson($"person{number}"))];
        Slack.AddGroup("many", [.. many]);
    }

    [Fact]
    public async Task Somebody_is_called_directly_and_acknowledges_with_a_button()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        (await Anna.Types("/incident page @bruno we need you", "inc-1")).ShouldBe("Calling user:bruno.");

        var call = await Slack.Direct(Bruno).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
        await Bruno.Presses("Acknowledge", call);
        await channel.ExpectsCard("bruno: Acknowledged");
        await Slack.Direct(Bruno).ExpectsUpdate(call, "The call is over: inc-1 Mail is stuck", "Acknowledged by bruno.");
        call.Buttons.ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_is_called_after_somebody_acknowledged_is_called_until_the_incident_is_over()
    {
        var channel = await MailStuckAsync();
        await Anna.Types("/incident ack", "inc-1");
        await Anna.Types("/incident page @bruno", "inc-1");
        var call = await Slack.Direct(Bruno).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
        await channel.ExpectsCard("Called user:bruno by slack");
        await Anna.Types("/incident severity 1", "inc-1");
        await channel.ExpectsCard("Severity unset → sev1");
        call.Message.Edits.ShouldBe(0);

        await Anna.Types("/incident resolve", "inc-1");
        await Slack.Direct(Bruno).ExpectsUpdate(call, "The call is over", "inc-1 is resolved.");
    }

    [Fact]
    public async Task A_call_is_closed_while_there_is_no_channel()
    {
        Slack.Faults.Rule = method => method is "conversations.create" ? new Fault.Refused("restricted_action") : null;
        await Anna.Types("/incident declare Mail is stuck");
        await Anna.Types("/incident page inc-1 @bruno");
        var call = await Slack.Direct(Bruno).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
        await Anna.Types("/incident ack inc-1");
        await Slack.Direct(Bruno).ExpectsUpdate(call, "Acknowledged by anna.");
    }

    [Fact]
    public async Task A_call_whose_answer_was_lost_is_looked_for_before_it_is_made_again()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        var lost = 0;
        Slack.Faults.CallRule = call =>
            call.Text("text")?.StartsWith("YOU ARE CALLED", StringComparison.Ordinal) is true && Interlocked.Increment(ref lost) == 1
                ? new Fault.AnswerLost()
                : null;
        await Anna.Types("/incident page @bruno", "inc-1");
        await channel.ExpectsCard("Could not call user:bruno");
        await channel.ExpectsCard("Called user:bruno by slack");
        Slack.Direct(Bruno).Count("YOU ARE CALLED").ShouldBe(1);
        var call = await Slack.Direct(Bruno).ExpectsCard("YOU ARE CALLED");
        await Anna.Types("/incident ack", "inc-1");
        await Slack.Direct(Bruno).ExpectsUpdate(call, "Acknowledged by anna.");
    }

    [Fact]
    public async Task A_user_group_is_called_by_its_mention_in_the_channel()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        (await Anna.Types("/incident page @oncall", "inc-1")).ShouldBe("Calling group:oncall.");

        var call = await channel.ExpectsCard("YOU ARE CALLED", $"<!subteam^{Slack.Workspace.Groups[0].Id}>");
        await Bruno.Presses("Acknowledge", call);
        await channel.ExpectsCard("bruno: Acknowledged");
        await channel.ExpectsUpdate(call, "Acknowledged by bruno.");
    }

    [Fact]
    public async Task A_call_that_comes_too_fast_waits_as_long_as_slack_says()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        var limited = 0L;
        Slack.Faults.CallRule = call =>
            call.Text("text")?.StartsWith("YOU ARE CALLED", StringComparison.Ordinal) is true
            && Interlocked.CompareExchange(ref limited, TimeProvider.System.GetTimestamp(), 0) == 0
                ? new Fault.RateLimited(3)
                : null;
        await Anna.Types("/incident page @bruno", "inc-1");
        await Slack.Direct(Bruno).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
        TimeProvider.System.GetElapsedTime(limited).ShouldBeGreaterThan(TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task A_user_group_is_called_of_whom_nobody_has_used_the_bot()
    {
        var channel = await MailStuckAsync();
        (await Anna.Types("/incident page @sre", "inc-1")).ShouldBe("Calling group:sre.");
        await channel.ExpectsCard("YOU ARE CALLED", $"<!subteam^{sre}>");
        (await Anna.Types("/incident page group:sra", "inc-1")).ShouldContain("Nobody is in the group sra");
    }

    [Fact]
    public async Task All_of_a_large_group_are_called_one_by_one_and_who_cannot_be_is_named()
    {
        Slack.Faults.Rule = method => method is "conversations.create" ? new Fault.Refused("restricted_action") : null;
        Slack.Faults.CallRule = call => call.Text("channel") == many[4].User.Id ? new Fault.Refused("user_disabled") : null;
        await Anna.Types("/incident declare Mail is stuck");
        await Anna.Types("/incident page inc-1 group:many");
        await Tells($"Called group:many by slack: 1 of {many.Count} were not called: {many[4].User.Id}");
        foreach (var person in many.Where((_, at) => at != 4))
            await Slack.Direct(person).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
    }
}
