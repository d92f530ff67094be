using Tests.FakeSlack;

namespace Tests.Slack;

/// <summary>What alerts and people say calls nobody, wherever the bot repeats it; only a page does.</summary>
public sealed class MentionStories : SlackStory
{
    private const string Loud = "<!channel> <!here> <@U0FAKE10001> <!subteam^S1|@oncall> @channel @here @everyone & <b>";

    private string announcements = "";

    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?> { ["Chat:AnnounceIn"] = announcements };

    private protected override void Furnish() => announcements = Slack.AddChannel("incidents").Channel.Id;

    [Fact]
    public async Task Whatever_is_repeated_in_cards_lines_and_fallbacks_calls_nobody()
    {
        await Console("/incident declare " + Loud, null);
        var channel = await Slack.ExpectsChannel("inc-1");
        await Console("/incident lead me", "inc-1");
        foreach (var command in new[] { "say", "update", "note", "task add", "rename", "resolve" })
            await Console($"/incident {command} {command} {Loud}", "inc-1");
        await channel.ExpectsCard("Resolved: resolve &lt;!channel&gt;");
        await channel.ExpectsCard("rename &lt;!channel&gt;", "resolved");
        await Slack.Channel("incidents").ExpectsCard("rename &lt;!channel&gt;", "resolved");

        Answer(await Anna.Types("/incident declare " + Loud));
        Answer(await Anna.Types("/incident status inc-1"));
        Answer(await Anna.Types("/incident timeline inc-1"));
        Answer(await Anna.Types("/incident nonsense" + Loud));
        lock (Slack.Workspace.Gate)
        {
            var messages = Slack.Workspace.Channels.SelectMany(one => one.Messages).Where(message => message.IsOfApp).ToList();
            messages.Count.ShouldBeGreaterThan(8);
            foreach (var message in messages)
                Pings.Of(message).ShouldBeEmpty(new Card(channel.Channel, message).Text);
            foreach (var seen in Slack.Workspace.Ephemerals)
                Pings.Of(new SlackMessage("seen", Workspace.BotUserId) { Text = seen.Text, Blocks = seen.Blocks }).ShouldBeEmpty(seen.Text);
        }

        static void Answer(string text) => text.ShouldNotContain("<!");
    }

    [Fact]
    public async Task A_page_calls_the_group_and_nobody_whom_its_title_names()
    {
        await Console("/incident declare " + Loud, null);
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("Declared");
        await Anna.Types("/incident page @oncall", "inc-1");
        var page = await channel.ExpectsCard("YOU ARE CALLED");
        var group = Slack.Workspace.Groups[0].Id;
        Pings.Of(page.Message).Distinct().ShouldBe([$"<!subteam^{group}>"]);
    }

    [Fact]
    public async Task Addresses_are_links_all_the_same()
    {
        await Console("/incident declare Mail is stuck", null);
        var channel = await Slack.ExpectsChannel("inc-1");
        await Console("/incident say see https://graphs.example.com/d/7?a=1&b=2, please.", "inc-1");
        await channel.ExpectsCard("see <https://graphs.example.com/d/7?a=1&amp;b=2>, please.");
    }
}
