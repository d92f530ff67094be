using Microsoft.Extensions.DependencyInjection;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

public sealed class SocketStories : SlackStory
{
    [Theory]
    [InlineData("warning")]
    [InlineData("refresh_requested")]
    public async Task A_new_connection_stands_before_the_old_one_ends(string reason)
    {
        await Slack.Sockets.SayGoodbyeAsync(reason);
        await Slack.Sockets.HasMadeAsync(2);
        // Both are open: envelopes on either one are answered.
        Slack.Sockets.Open.ShouldBe(2);
        for (var i = 0; i < 4; i++)
            (await Anna.Types("/incident list")).ShouldBe("No incident is open.");
    }

    [Theory]
    [InlineData("link_disabled")]
    [InlineData("socket_mode_disabled")]
    [InlineData("too_many_websockets")]
    [InlineData("a reason that nobody knows yet")]
    public async Task Whatever_the_reason_the_old_connection_is_answered_until_it_ends(string reason)
    {
        await Slack.Sockets.SayGoodbyeAsync(reason);
        (await Anna.Types("/incident list")).ShouldBe("No incident is open.");
    }

    [Fact]
    public async Task Slack_that_sends_every_connection_away_at_once_is_not_stormed()
    {
        for (var i = 1; i <= 4; i++)
        {
            await Slack.Sockets.HasMadeAsync(i);
            await Slack.Sockets.SayGoodbyeAsync("refresh_requested");
        }

        var begun = System.Diagnostics.Stopwatch.GetTimestamp();
        await Slack.Sockets.HasMadeAsync(5);
        System.Diagnostics.Stopwatch.GetElapsedTime(begun).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(500));
        (await Anna.Types("/incident list")).ShouldBe("No incident is open.");
    }

    [Fact]
    public async Task A_connection_that_is_cut_is_made_again()
    {
        Slack.Sockets.Drop();
        await Slack.Sockets.HasMadeAsync(2);
        (await Anna.Types("/incident list")).ShouldBe("No incident is open.");
    }

    [Fact]
    public async Task Socket_mode_turned_off_is_said_on_the_health_page()
    {
        await Slack.Sockets.SayGoodbyeAsync("link_disabled");
        var platform = Bot.Services.GetServices<global::Integrations.IChatPlatform>().Single(one => one.Name == "slack");
        await Until.Holds(
            () => Task.FromResult(platform.Troubles.Any(trouble => trouble.Contains("turned off", StringComparison.Ordinal))),
            "a trouble"
        );
    }

    [Fact]
    public async Task A_farewell_instead_of_a_hello_says_why_on_the_health_page()
    {
        Slack.Sockets.Most = 0;
        Slack.Sockets.Drop();
        var platform = Bot.Services.GetServices<global::Integrations.IChatPlatform>().Single(one => one.Name == "slack");
        await Until.Holds(
            () => Task.FromResult(platform.Troubles.Any(trouble => trouble.Contains("Too many connections", StringComparison.Ordinal))),
            "a trouble",
            () => Task.FromResult(string.Join('\n', platform.Troubles))
        );
        platform.Troubles.ShouldContain(trouble => trouble.StartsWith("Socket Mode is not connected", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_event_that_comes_twice_is_one_fact()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        Slack.Delivery.Twice = true;
        Bruno.Writes("only once, please", channel.Channel.Name);
        Bruno.Writes("and then this", channel.Channel.Name);
        await Tells("and then this");
        (await TimelineAsync()).Count(line => line == "only once, please").ShouldBe(1);
    }

    [Fact]
    public async Task What_people_wrote_while_nothing_came_in_is_read_back_once()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        var name = channel.Channel.Name;
        Bruno.Writes("before", name);
        await Tells("before");
        Slack.Delivery.RetryAfter = [];
        Slack.Faults.IsDown = true;
        Slack.Sockets.Drop();
        Bruno.Writes("during the outage", name);
        await Until.Holds(() => Task.FromResult(Slack.Delivery.Pending == 0), "the end of Slack's tries");
        Slack.Faults.IsDown = false;

        await Tells("during the outage");
        (await TimelineAsync()).Count(line => line is "during the outage" or "before").ShouldBe(2);
    }
}
