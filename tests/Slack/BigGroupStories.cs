using Microsoft.Extensions.Time.Testing;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>More people than Slack lets an app invite in a minute, on a clock that goes ten times as fast.</summary>
public sealed class BigGroupStories : SlackStory
{
    private const int Everybody = 70;

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    private protected override TimeProvider Clock => time;

    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?> { ["Chat:Room:InviteGroups:0"] = "everybody" };

    private protected override void Furnish() =>
        Slack.AddGroup("everybody", [.. Enumerable.Range(1, Everybody).Select(number => Slack.AddPerson($"person{number}"))]);

    [Fact]
    public async Task All_come_in_within_the_limits_and_the_story_does_not_wait_for_them()
    {
        using var over = new CancellationTokenSource();
        var passing = PassAsync(time, over.Token);
        Slack.Limits.Hold = true;
        var channel = await MailStuckAsync();
        await Console("/incident say we are on it", "inc-1");
        await channel.ExpectsCard("console: we are on it");
        await Until.Holds(
            () =>
            {
                lock (Slack.Workspace.Gate)
                    return Task.FromResult(channel.Channel.Members.Count > Everybody);
            },
            "everybody in the channel"
        );
        await over.CancelAsync();
        await passing;
        Slack.Calls.All.Count(call => call.Outcome is "rate limited").ShouldBe(0);
    }
}
