using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>What Slack tells is acknowledged at once, however slowly Slack itself answers what is asked about it.</summary>
public sealed class SlowSlackStories : SlackStory
{
    private protected override TimeProvider Clock { get; } = new HastyTime(10);

    [Fact]
    public async Task A_reaction_and_the_home_tab_are_acknowledged_before_what_they_ask_for_is_answered()
    {
        var name = (await MailStuckAsync()).Channel.Name;
        var message = Anna.Writes("the relay is full", name);
        await Tells("the relay is full");
        var answer = new TaskCompletionSource();
        Slack.Faults.CallRule = call =>
            call.Method is "views.publish" || (call.Method is "conversations.history" && call.Text("inclusive") is "true")
                ? new Fault.Held(answer.Task)
                : null;
        Slack.Delivery.RetryAfter = [];

        Bruno.Reacts("pushpin", message, name);
        Anna.LooksAtHome();
        await Until.Holds(() => Task.FromResult(Slack.Delivery.Pending == 0), "the acknowledgements");
        Slack.Delivery.Lost.ShouldBe(0);
        (await TimelineAsync()).ShouldNotContain(line => line.StartsWith("For the timeline", StringComparison.Ordinal));

        answer.SetResult();
        await Tells("For the timeline: “the relay is full” (anna)");
        await Anna.SeesAtHome("Mail is stuck");
    }

    [Fact]
    public async Task A_reaction_whose_message_could_not_be_read_then_is_read_back()
    {
        var name = (await MailStuckAsync()).Channel.Name;
        var message = Anna.Writes("the relay is full", name);
        await Tells("the relay is full");
        Slack.Faults.Next("conversations.history", new Fault.Status(503));
        Bruno.Reacts("pushpin", message, name);
        await Tells("For the timeline: “the relay is full” (anna)");
        Slack.Delivery.Lost.ShouldBe(0);
    }
}
