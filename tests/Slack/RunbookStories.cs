using Tests.FakeSlack;

namespace Tests.Slack;

public sealed class RunbookStories : SlackStory
{
    private protected override IReadOnlyList<string> Runbooks =>
        [
            """
                runbook: restart-web
                summary: Restart the web server
                inputs:
                  host: { type: string, default: web-1 }
                steps:
                  - id: restart
                    uses: core/count@1
                    with: { key: "${{ inputs.host }}" }
                    effect: once
                    approve: { need: 1, expires: 20m }
                  - id: tell
                    uses: incident/note@1
                    with: { text: "${{ inputs.host }} was restarted." }
                """,
        ];

    [Fact]
    public async Task A_step_is_approved_by_a_button_and_the_card_says_by_whom()
    {
        await Anna.Types("/incident declare The web is slow");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: The web is slow");
        (await Anna.Types("/incident run restart-web host=web-2", "inc-1")).ShouldContain("Runbook restart-web started");

        var card = await channel.ExpectsCard("Approve this step?", "restart", "web-2");
        await Anna.Presses("Approve", card);
        await Anna.Hears("This needs the role approver.");
        await Olga.Presses("Approve", card);
        await channel.ExpectsUpdate(card, "Decided: step restart", "olga decided: approve");
        card.Buttons.ShouldBeEmpty();
        await channel.ExpectsCard("restart-web: succeeded", "✓ restart", "✓ tell");
        await channel.ExpectsCard("Note: web-2 was restarted.");
    }

    [Fact]
    public async Task Resolving_takes_the_question_back()
    {
        await Anna.Types("/incident declare The web is slow");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: The web is slow");
        await Anna.Types("/incident run restart-web", "inc-1");
        var card = await channel.ExpectsCard("Approve this step?");
        await Anna.Types("/incident resolve it went away", "inc-1");

        await channel.ExpectsUpdate(card, "Decided: step restart");
        card.Buttons.ShouldBeEmpty();
    }
}
