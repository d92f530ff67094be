using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>The machine's clock was an hour ahead and is set right while something waits for Slack.</summary>
public sealed class SetBackStories : PassingTimeStory
{
    private readonly SetBackTime wall;

    public SetBackStories() => wall = new SetBackTime(Time);

    private protected override TimeProvider Clock => wall;

    [Fact]
    public async Task What_waits_for_slack_does_not_wait_an_hour_more()
    {
        var channel = await MailStuckAsync();
        var asked = 0;
        Slack.Faults.Rule = _ =>
        {
            Interlocked.Increment(ref asked);
            return new Fault.Status(503);
        };
        await Console("/incident say is anybody there?", "inc-1");
        await Until.Holds(() => Task.FromResult(Volatile.Read(ref asked) >= 5), "some calls without an answer");
        wall.SetBack(TimeSpan.FromHours(1));
        var since = Time.GetUtcNow();
        Slack.Faults.Rule = null;

        await channel.ExpectsCard("is anybody there?");
        (Time.GetUtcNow() - since).ShouldBeLessThan(TimeSpan.FromMinutes(5));
    }

    private sealed class SetBackTime(TimeProvider steady) : TimeProvider
    {
        private long back;

        public override long TimestampFrequency => steady.TimestampFrequency;

        public void SetBack(TimeSpan by) => Interlocked.Add(ref back, by.Ticks);

        public override DateTimeOffset GetUtcNow() => steady.GetUtcNow() - TimeSpan.FromTicks(Volatile.Read(ref back));

        public override long GetTimestamp() => steady.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            steady.CreateTimer(callback, state, dueTime, period);
    }
}
