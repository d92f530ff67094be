using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>Whoever may approve is told so, and once: what is edited notifies nobody.</summary>
public sealed class ApprovalStories : SlackStory
{
    private Person dora = null!;
    private string dba = "";

    private protected override TimeProvider Clock { get; } = new HastyTime(5);

    private protected override IReadOnlyList<string> Runbooks =>
        [
            """
                runbook: fail-over
                summary: Makes the standby the primary
                steps:
                  - id: promote
                    uses: core/count@1
                    with: { key: promote }
                    effect: once
                    approve: { need: 2, from: [dba, night-watch], remind: 20s }
                """,
            """
                runbook: restart-web
                summary: Restarts the web server
                steps:
                  - id: restart
                    uses: core/count@1
                    with: { key: restart }
                    effect: once
                    approve: { need: 1 }
                """,
            """
                runbook: clean-up
                summary: Runs a script of several lines
                steps:
                  - id: clean
                    run: |
                      set -e
                      cd /srv
                      rm -rf last-line
                    approve: { need: 1 }
                """,
        ];

    private protected override void Furnish()
    {
        dora = Slack.AddPerson("dora");
        dba = $"<!subteam^{Slack.AddGroup("dba", dora, Olga).Id}>";
    }

    [Fact]
    public async Task Who_is_in_none_of_the_groups_is_told_who_is()
    {
        var channel = await MailStuckAsync();
        await dora.Types("/incident help");
        await Anna.Types("/incident run fail-over", "inc-1");
        var card = await channel.ExpectsCard("Approve this step?");
        await Bruno.Presses("Approve", card);
        await Bruno.Hears("Only dba, night-watch may decide this. Ask dora");
    }

    [Fact]
    public async Task The_groups_that_may_approve_are_called_once_and_again_by_a_reminder()
    {
        // Of a group that only the bot knows each is called by name.
        await Bot.PersonAsync("erik@example.com", global::Bot.Access.Role.Responder, "night-watch");
        var erik = Slack.AddPerson("erik");
        await erik.Types("/incident help");
        var channel = await MailStuckAsync();
        await Anna.Types("/incident run fail-over", "inc-1");

        var card = await channel.ExpectsCard("Approve this step?", dba);
        string[] called = [dba, $"<@{erik.User.Id}>"];
        Pings.Of(card.Message).Distinct().ShouldBe(called);
        card.Message.Text.ShouldStartWith(string.Join(' ', called) + " Approve this step?");
        await Until.Holds(
            () => Task.FromResult(channel.Channel.Members.IsSupersetOf([dora.User.Id, erik.User.Id])),
            "who may approve in the channel"
        );

        await dora.Presses("Approve", card);
        await channel.ExpectsUpdate(card, "dora: approve");
        channel.Count(dba).ShouldBe(1);
        var reminder = await channel.ExpectsCard("Reminder: Approve this step?", "dora: approve");
        reminder.Message.Ts.ShouldNotBe(card.Message.Ts);
        Pings.Of(reminder.Message).Distinct().ShouldBe(called);
        await channel.ExpectsUpdate(card, "Asked again below: step promote of fail-over");
        card.Buttons.ShouldBeEmpty();
        Pings.Of(card.Message).ShouldBeEmpty();

        await Olga.Presses("Approve", reminder);
        await channel.ExpectsUpdate(reminder, "dora decided: approve", "olga decided: approve", "/runs/run-");
        Pings.Of(reminder.Message).ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_nobody_is_named_nobody_is_called()
    {
        var channel = await MailStuckAsync();
        await Anna.Types("/incident run restart-web", "inc-1");
        Pings.Of((await channel.ExpectsCard("Approve this step?")).Message).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_approves_a_script_sees_its_last_line()
    {
        var channel = await MailStuckAsync();
        await Anna.Types("/incident run clean-up", "inc-1");
        await channel.ExpectsCard("Approve this step?", "set -e", "cd /srv", "rm -rf last-line");
    }
}
