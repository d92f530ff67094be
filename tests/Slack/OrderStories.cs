using System.Globalization;
using System.Text.RegularExpressions;
using Integrations.Slack.Rendering;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>In which order, and how fast, one channel is told its story; and that nobody takes the bot's own words for people's.</summary>
public sealed partial class OrderStories : SlackStory
{
    // Slack's ids have no more than microseconds.
    private static readonly TimeSpan BetweenPosts = TimeSpan.FromSeconds(1) - TimeSpan.FromMilliseconds(1);

    // What is waited for is the pace that Slack allows.
    private protected override TimeProvider Clock { get; } = new HastyTime(5);

    [Fact]
    public async Task A_channel_gets_a_post_a_second_in_the_order_of_the_story()
    {
        var channel = await MailStuckAsync();
        var lines = Enumerable.Range(1, 8).Select(number => $"line {number}").ToList();
        foreach (var line in lines)
            await Console($"/incident say {line}", "inc-1");
        await channel.ExpectsCard(lines[^1]);
        var posts = channel.Channel.Messages.Where(message => message.IsOfApp).ToList();
        posts
            .Zip(posts.Skip(1), (one, next) => At(next) - At(one))
            .ShouldAllBe(pause => pause >= BetweenPosts, string.Join('\n', posts.Select(post => $"{post.Ts} {post.Text}")));
        var told = string.Join('\n', channel.Texts);
        lines.Select(line => told.IndexOf(line, StringComparison.Ordinal)).ShouldAllBe(at => at >= 0, told);
        lines.Select(line => told.IndexOf(line, StringComparison.Ordinal)).ShouldBeInOrder(SortDirection.Ascending, told);
    }

    [Fact]
    public async Task Edits_that_wait_become_one_and_an_older_one_never_comes_after_a_newer_one()
    {
        var channel = await MailStuckAsync();
        await Until.Holds(() => Task.FromResult(Slack.Delivery.Pending == 0), "the end of what is under way");
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // The first is under way while all others come; the answer of the one after it is lost.
        Slack.Faults.Next("chat.update", new Fault.Held(changed.Task), new Fault.AnswerLost());
        await Console("/incident rename Title 1", "inc-1");
        for (var number = 2; number <= 6; number++)
            await Console($"/incident rename Title {number}", "inc-1");
        changed.SetResult();
        await channel.ExpectsCard("inc-1: Title 6");
        await Console("/incident rename Title 7", "inc-1");
        await channel.ExpectsCard("inc-1: Title 7");

        var edits = Slack
            .Calls.Of("chat.update")
            .Select(call => Title().Match(call.Call.Text("text")!))
            .Where(title => title.Success)
            .Select(title => int.Parse(title.Groups["number"].Value, CultureInfo.InvariantCulture))
            .ToList();
        var said = string.Join(", ", edits);
        edits.ShouldBeInOrder(SortDirection.Ascending, said);
        edits[^1].ShouldBe(7, said);
        edits.Distinct().Count().ShouldBeLessThanOrEqualTo(4, said);
        Slack.Calls.Of("chat.update").ShouldContain(call => call.Outcome == "answer lost");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_bots_own_words_are_nobodys_message_though_slack_tells_of_them_before_it_answers(bool isUnanswered)
    {
        var channel = await MailStuckAsync();
        // Slack tells of a message as soon as it stands there: here long before the bot learns that it does, or before it is looked up.
        var calls = 0;
        Slack.Faults.Rule = method =>
            method is not ("chat.postMessage" or "chat.update") || !isUnanswered ? null
            : Interlocked.Increment(ref calls) % 2 == 1 ? new Fault.AnswerLost()
            : null;
        Slack.Delivery.Twice = true;
        await Console("/incident say we are on it", "inc-1");
        await Console("/incident lead me", "inc-1");
        await Console("/incident task add Call the vendor", "inc-1");
        await channel.ExpectsCard("Call the vendor");
        await channel.ExpectsCard("inc-1: Mail is stuck", "console");
        // As of a file that the app shows: its user stands there, and nothing says that it is one of an app.
        lock (Slack.Workspace.Gate)
        {
            var picture = new SlackMessage(Slack.Workspace.NewTs(), Workspace.BotUserId) { Text = "a graph" };
            channel.Channel.Messages.Add(picture);
            Slack.Workspace.Tell(Events.Message(channel.Channel, picture));
        }

        Bruno.Writes("thank you", channel.Channel.Name);
        await Tells("thank you");
        await Until.Holds(() => Task.FromResult(Slack.Delivery.Pending == 0), "the end of what is under way");
        Slack.Faults.IsDown = true;
        Slack.Sockets.Drop();
        Slack.Faults.IsDown = false;
        await Slack.Sockets.HasMadeAsync(2);
        Bruno.Writes("the end", channel.Channel.Name);
        await Tells("the end");

        var written = (await TimelineEntriesAsync())
            .Where(entry => entry.GetProperty("data").TryGetProperty("message", out _))
            .Select(entry => entry.GetProperty("text").GetString());
        written.ShouldBe(["thank you", "the end"]);
    }

    private static DateTimeOffset At(SlackMessage message) => SlackText.Time(message.Ts);

    [GeneratedRegex("inc-1: Title (?<number>[0-9])", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Title();
}
