using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

public sealed class PagingStories : SlackStory
{
    private IReadOnlyList<Person> many = [];
    private string sre = "";
    private Person dora = null!;

    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?> { ["Chat:Roles:Groups:sre"] = "admin" };

    private protected override void Furnish()
    {
        sre = Slack.AddGroup("sre", dora = Slack.AddPerson("dora")).Id;
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

        var call = await Slack.Direct(Bruno).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck", "we need you");
        await Bruno.Presses("Acknowledge", call);
        await channel.ExpectsCard("bruno: Acknowledged");
        await Slack.Direct(Bruno).ExpectsUpdate(call, "The call is over: inc-1 Mail is stuck", "Acknowledged by bruno.");
        call.Buttons.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_form_calls_a_person_or_a_group_by_a_menu_of_each()
    {
        var channel = await MailStuckAsync();
        await Anna.Types("/incident page", "inc-1");
        var form = await Anna.SeesModal("Call somebody");
        (await form.Submits()).Single().Key.ShouldBe("Somebody");
        await form.Searches("Or a group", "@sr");
        (await form.Fill("Somebody", "bruno").Submits()).Single().Key.ShouldBe("Or a group");
        form.IsOpen.ShouldBeTrue();

        await Anna.Types("/incident page", "inc-1");
        form = await Anna.SeesModal("Call somebody");
        await form.Searches("Or a group", "sre");
        (await form.Fill("Why?", "the relay again").Submits()).ShouldBeEmpty();
        await Anna.Hears("Calling group:sre.");
        Pings.Of((await channel.ExpectsCard("YOU ARE CALLED")).Message).ShouldContain($"<!subteam^{sre}>");
        await Tells("Asked to call group:sre: the relay again");

        await Anna.Types("/incident page", "inc-1");
        form = await Anna.SeesModal("Call somebody");
        (await form.Fill("Somebody", "bruno").Submits()).ShouldBeEmpty();
        await Anna.Hears("Calling user:bruno.");
        await Slack.Direct(Bruno).ExpectsCard("YOU ARE CALLED");
    }

    [Fact]
    public async Task Of_a_group_who_is_not_in_the_channel_is_called_directly_since_slack_tells_them_of_no_mention()
    {
        var channel = await MailStuckAsync();
        await Until.Holds(() => Task.FromResult(channel.Channel.Members.Contains(Anna.User.Id)), "who declared it in the channel");
        channel.Channel.Members.ShouldNotContain(dora.User.Id);

        await Anna.Types("/incident page role:admin", "inc-1");
        await channel.ExpectsCard("YOU ARE CALLED", $"<!subteam^{sre}>");
        var call = await Slack.Direct(dora).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
        await Anna.Types("/incident page @oncall", "inc-1");
        await Tells("Called group:oncall by slack");

        Slack.Direct(Anna).Count("YOU ARE CALLED").ShouldBe(0);
        await Anna.Types("/incident ack", "inc-1");
        await Slack.Direct(dora).ExpectsUpdate(call, "Acknowledged by anna.");
    }

    [Fact]
    public async Task A_role_is_called_by_the_groups_that_were_given_it()
    {
        var channel = await MailStuckAsync();
        (await Anna.Types("/incident page role:admin", "inc-1")).ShouldBe("Calling role:admin.");
        Pings.Of((await channel.ExpectsCard("YOU ARE CALLED")).Message).ShouldContain($"<!subteam^{sre}>");
        await Tells("Called role:admin by slack");
    }

    [Fact]
    public async Task A_role_is_given_by_a_menu_of_roles_and_one_of_people()
    {
        await MailStuckAsync();
        await Anna.Types("/incident role", "inc-1");
        var form = await Anna.SeesModal("Give a role");
        (await form.Fill("Role", "scribe").Fill("To whom?", "bruno").Submits()).ShouldBeEmpty();
        await Anna.Hears("bruno is scribe.");
        await Anna.Types("/incident role", "inc-1");
        form = await Anna.SeesModal("Give a role");
        (await form.Fill("Role", "deputy").Submits()).ShouldBeEmpty();
        await Anna.Hears("anna is deputy.");
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

    [Theory]
    [InlineData("ratelimited")]
    [InlineData("service_unavailable")]
    [InlineData("internal_error")]
    [InlineData("message_limit_exceeded")]
    public async Task A_call_that_slack_does_not_take_now_is_made_again(string error)
    {
        var channel = await MailStuckAsync();
        var tries = 0;
        Slack.Faults.CallRule = call =>
            call.Text("text")?.StartsWith("YOU ARE CALLED", StringComparison.Ordinal) is true && Interlocked.Increment(ref tries) == 1
                ? new Fault.Refused(error)
                : null;
        await Anna.Types("/incident page @bruno", "inc-1");
        await Slack.Direct(Bruno).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
        await channel.ExpectsCard("Called user:bruno by slack");
        tries.ShouldBe(2);
    }

    [Fact]
    public async Task A_group_whose_channel_moves_to_another_company_now_is_called_one_by_one()
    {
        var channel = await MailStuckAsync();
        Slack.Faults.CallRule = call =>
            call.Method is "chat.postMessage" && call.Text("channel") == channel.Channel.Id
                ? new Fault.Refused("external_channel_migrating")
                : null;
        await Anna.Types("/incident page @oncall", "inc-1");
        await Slack.Direct(Anna).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
        await Slack.Direct(Bruno).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
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
