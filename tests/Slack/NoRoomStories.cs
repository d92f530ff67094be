using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>Slack lets the app make no channel: the incident is led where it is announced, or by those whom it is about, until there is one.</summary>
public sealed class NoRoomStories : SlackStory
{
    private const string Why = "the workspace does not let the app make channels (restricted_action)";

    private bool refuse = true;
    private string announcements = "";

    // What is waited for is the pace that Slack allows.
    private protected override TimeProvider Clock { get; } = new HastyTime(5);

    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?> { ["Chat:AnnounceIn"] = announcements, ["Chat:Roles:Groups:oncall"] = "approver" };

    private protected override IReadOnlyList<string> Runbooks =>
        [
            """
                runbook: restart-web
                summary: Restart the web server
                steps:
                  - id: restart
                    uses: core/count@1
                    with: { key: web }
                    effect: once
                    approve: { need: 1, from: [oncall], expires: 2h }
                """,
        ];

    private protected override void Furnish()
    {
        announcements = Slack.AddChannel("incidents", members: Bruno).Channel.Id;
        Slack.Faults.Rule = method =>
            Volatile.Read(ref refuse) && method is "conversations.create" ? new Fault.Refused("restricted_action") : null;
    }

    [Fact]
    public async Task It_is_led_where_it_is_announced_and_goes_on_in_its_channel_once_there_is_one()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var board = Slack.Channel("incidents");
        var card = await board.ExpectsCard("inc-1: Mail is stuck", Why);
        await Bruno.Presses("Take the lead", card);
        await board.ExpectsUpdate(card, "bruno");
        await Slack.Direct(Bruno).ExpectsCard("You are commander of inc-1");
        await Anna.Types("/incident update inc-1 The relay is full");
        await board.ExpectsUpdate(card, "The relay is full");
        await Anna.Types("/incident run inc-1 restart-web");
        var asked = await board.ExpectsCard("Approve this step?", "inc-1: Mail is stuck", "restart");
        asked.Text.ShouldContain("<!subteam^");
        var run = await board.ExpectsCard("restart-web: waiting", "inc-1: Mail is stuck");

        Volatile.Write(ref refuse, false);
        await Bruno.Presses("Try again to make a channel", card);
        var channel = await Slack.ExpectsChannel("inc-1");
        var link = $"<#{channel.Channel.Id}>";
        await channel.ExpectsCard("Approve this step?");
        await channel.ExpectsCard("Declared: Mail is stuck");
        await board.ExpectsUpdate(asked, "Asked elsewhere now", link);
        await board.ExpectsUpdate(run, "inc-1 goes on in its channel", link);
        await board.ExpectsUpdate(card, "inc-1: Mail is stuck", link);
        card.Text.ShouldNotContain(Why);
        await Anna.Types("/incident resolve inc-1 it is well");
        await board.ExpectsUpdate(card, "resolved");
        board.Count("").ShouldBe(3);
    }

    [Fact]
    public async Task Decided_beside_the_announcement_it_says_who_did()
    {
        await Anna.Types("/incident declare Mail is stuck");
        await Anna.Types("/incident run inc-1 restart-web");
        var board = Slack.Channel("incidents");
        var asked = await board.ExpectsCard("Approve this step?");
        await Bruno.Presses("Deny", asked);
        await board.ExpectsUpdate(asked, "Decided: step restart of restart-web", "bruno");
    }

    [Fact]
    public async Task A_private_one_is_told_to_who_leads_it_alone()
    {
        await Anna.Types("/incident declare The board is bribed --private");
        var told = await Slack.Direct(Anna).ExpectsCard("inc-1: The board is bribed", Why);
        await Anna.Types("/incident run inc-1 restart-web");
        var asked = await Slack.Direct(Anna).ExpectsCard("Approve this step?", "inc-1: The board is bribed");
        await Anna.Types("/incident lead inc-1 @olga");
        var passed = await Slack.Direct(Olga).ExpectsCard("Approve this step?");
        await Slack.Direct(Anna).ExpectsUpdate(told, "inc-1 goes on elsewhere");
        await Slack.Direct(Anna).ExpectsUpdate(asked, "Asked elsewhere now");

        Volatile.Write(ref refuse, false);
        await Olga.Types("/incident room inc-1 retry");
        var channel = await Slack.ExpectsChannel("inc-1-private");
        await channel.ExpectsCard("Approve this step?");
        await Slack.Direct(Olga).ExpectsUpdate(passed, "Asked elsewhere now", $"<#{channel.Channel.Id}>");
        Slack.Channel("incidents").Channel.Messages.ShouldBeEmpty();
        Slack.Direct(Bruno).Channel.Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_drill_is_announced_nowhere_and_its_questions_go_to_who_can_decide()
    {
        await Olga.Types("/incident declare Mail is stuck --kind drill");
        await Slack.Direct(Olga).ExpectsCard("inc-1: Mail is stuck", Why);
        await Olga.Types("/incident run inc-1 restart-web");
        foreach (var person in new[] { Anna, Bruno, Olga })
            await Slack.Direct(person).ExpectsCard("Approve this step?", "inc-1: Mail is stuck");
        Slack.Channel("incidents").Channel.Messages.ShouldBeEmpty();
    }
}
