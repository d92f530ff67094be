using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>Over HTTP events are lost without a word: what people wrote is read back all the same.</summary>
public sealed class SilentEventStories : PassingTimeStory
{
    private protected override bool OverHttp => true;

    [Fact]
    public async Task What_was_written_while_slack_answered_with_errors_only_is_read_back_as_soon_as_it_answers()
    {
        var channel = await MailStuckAsync();
        Slack.Delivery.Subscribed.Clear();
        var asked = 0;
        Slack.Faults.Rule = _ =>
        {
            Interlocked.Increment(ref asked);
            return new Fault.Status(503);
        };
        await Console("/incident say is anybody there?", "inc-1");
        Bruno.Writes("I am", channel.Channel.Name);
        await Until.Holds(() => Task.FromResult(Volatile.Read(ref asked) >= 5), "some calls without an answer");
        var began = Time.GetUtcNow();
        Slack.Faults.Rule = null;

        await channel.ExpectsCard("is anybody there?");
        await Tells("I am");
        (Time.GetUtcNow() - began).ShouldBeLessThan(TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task An_event_that_never_came_is_made_up_for_within_some_minutes()
    {
        var channel = await MailStuckAsync();
        Slack.Delivery.Subscribed.Clear();
        Bruno.Writes("does anybody hear me?", channel.Channel.Name);
        Time.Advance(TimeSpan.FromMinutes(10));
        await Tells("does anybody hear me?");
    }
}
