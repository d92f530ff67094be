using Microsoft.Extensions.Time.Testing;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>More incidents in a minute than Slack lets an app make and dress channels for, on a clock that goes ten times as fast.</summary>
public sealed class ManyRoomsStories : SlackStory
{
    private const int Incidents = 30;

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    private protected override TimeProvider Clock => time;

    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?> { ["Chat:Room:InviteGroups:0"] = "oncall" };

    [Fact]
    public async Task All_channels_are_dressed_within_the_limits_and_no_story_waits_for_it()
    {
        using var over = new CancellationTokenSource();
        var passing = PassAsync(time, over.Token);
        Slack.Limits.Hold = true;
        for (var number = 1; number <= Incidents; number++)
            await Console($"/incident declare Number {number}", null);
        var last = await Slack.ExpectsChannel($"inc-{Incidents}");
        await Console("/incident say the last one, too", $"inc-{Incidents}");
        await last.ExpectsCard("console: the last one, too");
        await Until.Holds(
            () => Task.FromResult(Undressed().Count == 0),
            "a topic, its people, a bookmark and a pin in every channel",
            () => Task.FromResult(string.Join('\n', Undressed())),
            TimeSpan.FromMinutes(2)
        );
        await over.CancelAsync();
        await passing;
        Slack.Calls.All.Where(call => call.Outcome is "rate limited").Select(call => call.Call.Method).ShouldBeEmpty();
        // What stands there is not done again.
        Slack.Calls.Of("pins.add").Count(call => call.Outcome is "already_pinned").ShouldBe(0);
    }

    private List<string> Undressed()
    {
        lock (Slack.Workspace.Gate)
            return
            [
                .. Slack
                    .Workspace.Channels.Where(channel => channel.Name.StartsWith("inc-", StringComparison.Ordinal))
                    .Where(channel =>
                        string.IsNullOrEmpty(channel.Topic)
                        || channel.Bookmarks.Count == 0
                        || channel.Pins.Count == 0
                        || !channel.Members.Contains(Anna.User.Id)
                        || !channel.Members.Contains(Bruno.User.Id)
                    )
                    .Select(channel =>
                        $"{channel.Name}: topic {channel.Topic}, {channel.Bookmarks.Count} bookmarks, {channel.Pins.Count} pins, {channel.Members.Count} members"
                    ),
            ];
    }
}
