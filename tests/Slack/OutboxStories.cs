using System.Text.Json.Nodes;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

public sealed class OutboxStories : SlackStory
{
    // What is waited for is the pace that Slack allows.
    private protected override TimeProvider Clock { get; } = new HastyTime(5);

    [Fact]
    public async Task A_post_whose_answer_was_lost_stands_there_once()
    {
        var channel = await MailStuckAsync();
        Slack.Faults.Next(
            "chat.postMessage",
            new Fault.AnswerLost(),
            new Fault.Status(503),
            new Fault.Dropped(),
            new Fault.Refused("fatal_error")
        );
        await SayAsync("first");
        await SayAsync("second");
        await SayAsync("third");

        await channel.ExpectsCard("third");
        Lines(channel).ShouldBe(["first", "second", "third"]);
    }

    [Fact]
    public async Task A_post_is_looked_up_past_a_message_that_cannot_be_read()
    {
        var channel = await MailStuckAsync();
        Slack.AppWrites("Jenkins", channel.Channel.Name).Odd = new JsonObject { ["metadata"] = "build" };
        Slack.Faults.Next("chat.postMessage", new Fault.AnswerLost());
        await SayAsync("first");
        await SayAsync("second");

        await channel.ExpectsCard("second");
        Lines(channel).ShouldBe(["first", "second"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_arrives_after_it_was_looked_for_stands_there_twice_and_that_is_said(bool isSecondLost)
    {
        var channel = await MailStuckAsync();
        Slack.Faults.Next("chat.postMessage", new Fault.Dropped(), isSecondLost ? new Fault.AnswerLost() : new Fault.RateLimited(1));
        await SayAsync("first");
        var second = await channel.ExpectsCard("first");
        lock (Slack.Workspace.Gate)
            channel.Channel.Messages.Add(second.Message with { Ts = Slack.Workspace.NewTs() });
        await SayAsync("second");
        await channel.ExpectsCard("second");

        var reader = await Bot.PersonAsync("vera", global::Bot.Access.Role.Viewer);
        await Until.Holds(
            async () =>
                (await reader.GetStringAsync(new Uri("/incidents/inc-1", UriKind.Relative))).Contains(
                    "it stands there twice",
                    StringComparison.Ordinal
                ),
            "word of it on the incident's page"
        );
    }

    [Fact]
    public async Task Whatever_goes_wrong_each_line_stands_there_once_and_in_order()
    {
        var channel = await MailStuckAsync();
        // Every third call fails, each time in another way; then all goes well.
        Fault[] ways =
        [
            new Fault.AnswerLost(),
            new Fault.RateLimited(1),
            new Fault.Status(502),
            new Fault.Dropped(),
            new Fault.Refused("internal_error"),
            new Fault.Status(503),
        ];
        var calls = 0;
        Slack.Faults.Rule = _ =>
            Interlocked.Increment(ref calls) is var call && call % 3 == 0 && call < 60 ? ways[call / 3 % ways.Length] : null;
        var lines = Enumerable.Range(1, 6).Select(number => $"line {number}").ToList();
        foreach (var line in lines)
            await SayAsync(line);

        await channel.ExpectsCard(lines[^1]);
        Lines(channel).ShouldBe(lines);
    }

    [Fact]
    public async Task While_slack_is_down_all_goes_on_and_then_the_story_is_told_in_order()
    {
        var channel = await MailStuckAsync();
        Slack.Faults.IsDown = true;
        Slack.Sockets.Drop();
        await Console("/incident declare Orders are lost", null);
        await Console("/incident severity 1", "inc-1");
        await Console("/incident lead me", "inc-1");
        await Console("/incident update all is well again", "inc-1");
        await Console("/incident resolve", "inc-1");
        Slack.Faults.IsDown = false;

        var other = await Slack.ExpectsChannel("inc-2");
        await other.ExpectsCard("inc-2: Orders are lost");
        await channel.ExpectsCard("Resolved");
        var told = string.Join('\n', channel.Texts);
        string[] story = ["Severity unset → sev1", "is commander", "Update: all is well again", "Resolved"];
        foreach (var line in story)
            channel.Texts.Count(text => text.Contains(line, StringComparison.Ordinal)).ShouldBe(1, line + " in\n" + told);
        story.Select(line => told.IndexOf(line, StringComparison.Ordinal)).ShouldBeInOrder();
        await channel.ExpectsCard("inc-1: Mail is stuck", "resolved", "sev1");
    }

    [Fact]
    public async Task What_waits_and_what_holds_it_up_is_on_the_health_page()
    {
        var channel = await MailStuckAsync();
        var reader = await Bot.PersonAsync("vera", global::Bot.Access.Role.Viewer);
        async Task<string> PageAsync() =>
            System.Net.WebUtility.HtmlDecode(await reader.GetStringAsync(new Uri("/health", UriKind.Relative)));
        await Until.Holds(
            async () => !(await PageAsync()).Contains("Waiting for chat platforms", StringComparison.Ordinal),
            "nothing that waits",
            PageAsync
        );
        Slack.Faults.Rule = method => method is "chat.postMessage" ? new Fault.Refused("restricted_action") : null;
        foreach (var line in new[] { "first", "second", "third" })
            await SayAsync(line);
        await Until.Holds(
            async () =>
                await PageAsync() is var page
                && page.Contains(
                    "<a href=\"/incidents/inc-1\">inc-1</a></td><td>slack</td><td>there</td><td class=\"number\">3</td>",
                    StringComparison.Ordinal
                )
                && page.Contains("<td>a line</td>", StringComparison.Ordinal)
                && page.Contains("<td>restricted_action</td>", StringComparison.Ordinal),
            "three facts, and why",
            PageAsync
        );

        Slack.Faults.Rule = null;
        await channel.ExpectsCard("third");
        await Until.Holds(
            async () => !(await PageAsync()).Contains("Waiting for chat platforms", StringComparison.Ordinal),
            "nothing that waits",
            PageAsync
        );
    }

    [Fact]
    public async Task A_name_that_is_taken_by_others_gets_a_number_and_one_of_ours_is_found_again()
    {
        Slack.AddChannel("inc-1-mail-is-stuck");
        // Ours is made, but the answer is lost.
        Slack.Faults.Next("conversations.create", new Fault.RateLimited(1));
        await Anna.Types("/incident declare Mail is stuck");
        await Until.Holds(
            () => Task.FromResult(Slack.Workspace.Channels.Exists(channel => channel.Name == "inc-1-mail-is-stuck-2")),
            "another name"
        );

        Slack.Faults.Next("conversations.create", new Fault.AnswerLost());
        await Anna.Types("/incident declare Orders are lost");
        var channel = await Slack.ExpectsChannel("inc-2");
        await channel.ExpectsCard("inc-2: Orders are lost");
        Slack.Workspace.Channels.Count(one => one.Name.StartsWith("inc-2", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Names_that_are_taken_cost_one_look_at_the_channels_and_ours_is_found_behind_them()
    {
        Slack.AddChannel("inc-1-mail-is-stuck");
        Slack.AddChannel("inc-1-mail-is-stuck-3");
        SlackChannel ours;
        lock (Slack.Workspace.Gate)
        {
            // Made by a try whose answer was lost, before its purpose was said.
            ours = Slack.Workspace.AddChannel("inc-1-mail-is-stuck-4", false, Workspace.BotUserId);
            Slack.AddChannel("inc-1-mail-is-stuck-2");
        }

        await Anna.Types("/incident declare Mail is stuck");
        await new Place(Slack, ours).ExpectsCard("inc-1: Mail is stuck");
        Slack.Calls.Of("conversations.create").Count.ShouldBe(1);
        Slack.Calls.Of("conversations.list").Count.ShouldBe(1);
    }

    private Task<string> SayAsync(string text) => Console("/incident say " + text, "inc-1");

    private static List<string> Lines(Place channel) =>
        [
            .. channel
                .Channel.Messages.Select(message => message.Text)
                .Where(text => text.StartsWith("console: ", StringComparison.Ordinal))
                .Select(text => text["console: ".Length..]),
        ];
}
