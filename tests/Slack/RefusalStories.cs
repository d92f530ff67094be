using Integrations;
using Microsoft.Extensions.DependencyInjection;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>Slack answers, and says no: what is refused holds up nothing else, and comes once it may.</summary>
public sealed class RefusalStories : SlackStory
{
    // What is waited for is the pace that Slack allows.
    private protected override TimeProvider Clock { get; } = new HastyTime(5);

    [Fact]
    public async Task A_scope_that_is_missing_for_the_pin_holds_up_neither_people_nor_the_story()
    {
        lock (Slack.Workspace.Gate)
            Slack.Workspace.Scopes.Remove("pins:write");
        var channel = await MailStuckAsync();
        await HasMember(channel, Anna.User.Id);
        await Console("/incident say we are on it", "inc-1");
        await channel.ExpectsCard("console: we are on it");
        channel.Channel.Pins.ShouldBeEmpty();
        channel.Channel.Bookmarks.ShouldHaveSingleItem();

        lock (Slack.Workspace.Gate)
            Slack.Workspace.Scopes.Add("pins:write");
        await Until.Holds(() => Task.FromResult(channel.Channel.Pins.Count == 1), "the pin");
    }

    [Fact]
    public async Task A_topic_that_is_refused_for_good_keeps_nobody_out()
    {
        Slack.Faults.Rule = method => method is "conversations.setTopic" ? new Fault.Refused("user_is_restricted") : null;
        var channel = await MailStuckAsync();
        await HasMember(channel, Anna.User.Id);
        await Until.Holds(() => Task.FromResult(channel.Channel.Pins.Count == 1), "the pin");
    }

    [Theory]
    [InlineData("conversations.setTopic")]
    [InlineData("bookmarks.list")]
    public async Task A_part_that_fails_again_and_again_keeps_nobody_out_and_holds_up_no_other_part(string failing)
    {
        Slack.Faults.Rule = method => method == failing ? new Fault.Refused("fatal_error") : null;
        var channel = await MailStuckAsync();
        await HasMember(channel, Anna.User.Id);
        await Until.Holds(() => Task.FromResult(channel.Channel.Pins.Count == 1), "the pin");
    }

    [Fact]
    public async Task Somebody_who_cannot_be_let_in_now_keeps_nobody_else_out_and_comes_later()
    {
        var refuse = true;
        Slack.Faults.CallRule = call =>
            Volatile.Read(ref refuse) && call.Method is "conversations.invite" && call.Text("users") == Anna.User.Id
                ? new Fault.Refused("internal_error")
                : null;
        var channel = await MailStuckAsync();
        await Bruno.Types("/incident lead me", "inc-1");
        await HasMember(channel, Bruno.User.Id);
        channel.Channel.Members.ShouldNotContain(Anna.User.Id);
        Volatile.Write(ref refuse, false);
        await HasMember(channel, Anna.User.Id);
    }

    [Fact]
    public async Task An_edit_that_slack_fails_at_is_made_again()
    {
        var channel = await MailStuckAsync();
        var summary = await channel.ExpectsCard("inc-1: Mail is stuck");
        Slack.Faults.Next("chat.update", new Fault.Refused("update_failed"));
        await Bruno.Types("/incident lead me", "inc-1");
        await channel.ExpectsUpdate(summary, "bruno");
    }

    [Fact]
    public async Task Whoever_could_not_be_invited_while_a_scope_was_missing_is_invited_later()
    {
        var refuse = true;
        Slack.Faults.Rule = method =>
            Volatile.Read(ref refuse) && method is "conversations.invite" ? new Fault.Refused("missing_scope") : null;
        var channel = await MailStuckAsync();
        await Until.Holds(() => Task.FromResult(Slack.Calls.Of("conversations.invite").Count > 0), "an invitation");
        Volatile.Write(ref refuse, false);
        await HasMember(channel, Anna.User.Id);
    }

    [Fact]
    public async Task An_app_that_was_removed_from_the_channel_comes_back()
    {
        lock (Slack.Workspace.Gate)
            Slack.Workspace.Scopes.Remove("chat:write.public");
        var channel = await MailStuckAsync();
        lock (Slack.Workspace.Gate)
            channel.Channel.Members.Remove(Workspace.BotUserId);
        await Console("/incident say still here", "inc-1");
        await channel.ExpectsCard("console: still here");
        channel.Channel.Members.ShouldContain(Workspace.BotUserId);
    }

    [Fact]
    public async Task A_join_that_slack_does_not_take_now_loses_nothing_of_what_was_to_be_said()
    {
        lock (Slack.Workspace.Gate)
            Slack.Workspace.Scopes.Remove("chat:write.public");
        var channel = await MailStuckAsync();
        Slack.Faults.Next("conversations.join", new Fault.Status(503), new Fault.RateLimited(1), new Fault.Refused("missing_scope"));
        lock (Slack.Workspace.Gate)
            channel.Channel.Members.Remove(Workspace.BotUserId);
        await Console("/incident say still here", "inc-1");
        await channel.ExpectsCard("console: still here");
        Slack.Calls.Of("conversations.join").Count.ShouldBeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public async Task Whoever_gets_a_role_after_the_app_was_removed_is_invited_all_the_same()
    {
        var channel = await MailStuckAsync();
        lock (Slack.Workspace.Gate)
            channel.Channel.Members.Remove(Workspace.BotUserId);
        await Anna.Types("/incident role ops-lead @bruno", "inc-1");
        await HasMember(channel, Bruno.User.Id);
    }

    [Fact]
    public async Task A_guest_who_is_called_like_somebody_here_is_not_taken_for_them()
    {
        var guest = Slack.AddPerson("bruno", guest: true);
        await MailStuckAsync();
        await Bruno.Types("/incident ack", "inc-1");
        var refusal = await Anna.Types($"/incident lead <@{guest.User.Id}|bruno>", "inc-1");
        refusal.ShouldContain($"person 'bruno({guest.User.Id})' is not valid");
    }

    [Fact]
    public async Task Whose_incident_is_over_may_be_archived_and_its_card_is_edited_again_once_it_is_none()
    {
        var channel = await MailStuckAsync();
        var card = await channel.ExpectsCard("inc-1: Mail is stuck", "unset");
        await Console("/incident resolve", "inc-1");
        await channel.ExpectsUpdate(card, "resolved");
        Anna.Archives(channel);
        await Console("/incident severity 1", "inc-1");
        await Until.Holds(
            () => Task.FromResult(Slack.Calls.Of("chat.update").Any(call => call.Outcome is "is_archived")),
            "an edit that is refused"
        );
        lock (Slack.Workspace.Gate)
            channel.Channel.IsArchived = false;
        await Console("/incident severity 2", "inc-1");
        await channel.ExpectsUpdate(card, "sev2");
        Summaries(channel).ShouldBe(1);
        Slack.Workspace.Channels.Count(one => one.Name.StartsWith("inc-1", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_card_that_was_refused_for_good_comes_with_its_next_state()
    {
        var refused = 0;
        Slack.Faults.CallRule = call =>
            call.Method is "chat.postMessage"
            && call.Text("text")!.StartsWith("inc-1: Mail", StringComparison.Ordinal)
            && Interlocked.Increment(ref refused) == 1
                ? new Fault.Refused("msg_blocks_too_long")
                : null;
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("Declared: Mail is stuck");
        await Console("/incident severity 1", "inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck", "sev1");
        Summaries(channel).ShouldBe(1);
    }

    [Fact]
    public async Task A_group_is_called_one_by_one_where_its_channel_takes_nothing()
    {
        var channel = await MailStuckAsync();
        lock (Slack.Workspace.Gate)
            channel.Channel.TakesNothing = true;
        (await Anna.Types("/incident page @oncall", "inc-1")).ShouldBe("Calling group:oncall.");
        await Slack.Direct(Bruno).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
        await Slack.Direct(Anna).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
    }

    [Theory]
    [InlineData("external_channel_migrating")]
    [InlineData("message_limit_exceeded")]
    [InlineData("accesslimited")]
    [InlineData("restricted_action_read_only_channel")]
    [InlineData("two_factor_setup_required")]
    [InlineData("team_added_to_org")]
    [InlineData("rate_limited")]
    public async Task A_line_that_is_refused_for_now_comes_later(string error)
    {
        var channel = await MailStuckAsync();
        var refused = 0;
        Slack.Faults.CallRule = call =>
            call.Method is "chat.postMessage"
            && call.Text("text")!.Contains("still here", StringComparison.Ordinal)
            && Interlocked.Increment(ref refused) == 1
                ? new Fault.Refused(error)
                : null;
        await Console("/incident say still here", "inc-1");
        await channel.ExpectsCard("console: still here");
        refused.ShouldBeGreaterThan(1);
        channel.Count("still here").ShouldBe(1);
    }

    [Fact]
    public async Task A_page_of_a_proxy_is_no_refusal_of_slacks()
    {
        var channel = await MailStuckAsync();
        Slack.Faults.Next("chat.postMessage", new Fault.Status(403), new Fault.Status(407), new Fault.Status(302));
        await Console("/incident say through the proxy", "inc-1");
        await channel.ExpectsCard("console: through the proxy");
        channel.Count("through the proxy").ShouldBe(1);
    }

    [Fact]
    public async Task A_channel_that_is_gone_is_not_read_back_for_ever_and_one_that_may_not_be_read_yet_is()
    {
        var channel = await MailStuckAsync();
        var nobody = new Dictionary<string, KnownMessage>();
        var platform = Bot.Services.GetServices<IChatPlatform>().Single(one => one.Name == "slack");
        Task<IReadOnlyList<ChatInput>?> ReadBack(string room) =>
            platform.ReadBackAsync(new ChatRoom("inc-1", room), DateTimeOffset.UnixEpoch, nobody, CancellationToken.None);
        (await ReadBack("C0NOWHERE")).ShouldNotBeNull().ShouldBeEmpty();

        Slack.Faults.Next("conversations.history", new Fault.Refused("missing_scope"));
        (await ReadBack(channel.Channel.Id)).ShouldBeNull();
        Bruno.Writes("anybody here?", channel.Channel.Name);
        lock (Slack.Workspace.Gate)
            channel.Channel.Members.Remove(Workspace.BotUserId);
        (await ReadBack(channel.Channel.Id)).ShouldNotBeNull().ShouldHaveSingleItem();
    }

    private Task HasMember(Place channel, string user) =>
        Until.Holds(
            () =>
            {
                lock (Slack.Workspace.Gate)
                    return Task.FromResult(channel.Channel.Members.Contains(user));
            },
            "somebody in the channel"
        );

    private static int Summaries(Place channel) => channel.Texts.Count(text => text.StartsWith("inc-1: Mail", StringComparison.Ordinal));

    [Theory]
    [InlineData("expired_trigger_id")]
    [InlineData("fatal_error")]
    public async Task A_form_that_cannot_be_shown_is_named_to_who_waits_for_it_wherever_they_pressed(string error)
    {
        Bruno.LooksAtHome();
        await Bruno.SeesAtHome("Declare an incident");
        Slack.Faults.Rule = method => method is "views.open" ? new Fault.Refused(error) : null;
        await Anna.UsesShortcut("declare_incident");
        await Slack.Direct(Anna).ExpectsCard("The form could not be shown. Type it instead: /incident declare");
        await Bruno.PressesAtHome("Declare an incident");
        await Slack.Direct(Bruno).ExpectsCard("The form could not be shown. Type it instead: /incident declare");
    }

    [Fact]
    public async Task Whoever_slack_does_not_tell_of_is_called_as_they_were_named_and_the_reason_is_said()
    {
        await MailStuckAsync();
        Slack.Faults.Rule = method => method is "users.info" ? new Fault.Hangs(false) : null;
        var refusal = await Anna.Types("/incident lead @bruno", "inc-1");
        // Not by the name alone, which somebody else may have here.
        refusal.ShouldContain($"person 'bruno({Bruno.User.Id})' is not valid");
        refusal.ShouldContain("Slack does not say now who bruno is: try again in a moment.");
        Slack.Faults.Rule = null;
    }

    [Fact]
    public async Task A_merged_incident_leads_to_the_channel_in_which_it_goes_on()
    {
        var channel = await MailStuckAsync();
        await Anna.Types("/incident declare The disk is full");
        var merged = await Slack.ExpectsChannel("inc-2");
        await merged.ExpectsCard("inc-2: The disk is full");
        await Anna.Types("/incident merge inc-1", "inc-2");
        await merged.ExpectsCard("Merged into inc-1", $"<#{channel.Channel.Id}>");
    }
}
