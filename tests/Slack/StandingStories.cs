using Bot.Access;
using Bot.Desk;
using Microsoft.Extensions.DependencyInjection;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>Whoever is no member, admin or group's member any more in Slack may do here what they may do now, and not what they might before.</summary>
public sealed class StandingStories : SlackStory
{
    private SlackGroup dba = null!;
    private Person dora = null!;

    // The groups are asked for in the background, too: by the clock of the machine, which does not come to that.
    private protected override TimeProvider Clock { get; } = new HastyTime(5);

    private protected override IReadOnlyList<string> Runbooks =>
        [
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
                runbook: fail-over
                summary: Makes the standby the primary
                steps:
                  - id: promote
                    uses: core/count@1
                    with: { key: promote }
                    effect: once
                    approve: { need: 1, from: [dba] }
                """,
        ];

    private protected override void Furnish()
    {
        dora = Slack.AddPerson("dora");
        dba = Slack.AddGroup("dba", dora, Olga);
    }

    [Fact]
    public async Task Nobody_approves_by_what_they_were_also_where_Slack_told_nothing_of_it()
    {
        Slack.Delivery.Subscribed.Remove("user_change");
        var card = await AskedAsync("restart-web", Olga);
        Slack.Becomes(Olga, user => user with { IsAdmin = false, IsRestricted = true });

        await Olga.Presses("Approve", card);

        await Olga.Hears("needs the role viewer");
        (await TimelineAsync()).ShouldNotContain(line =>
            line.Contains("approve", StringComparison.Ordinal) && line.Contains("olga", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Nobody_approves_by_a_group_that_they_have_left()
    {
        Slack.Delivery.Subscribed.Remove("subteam_members_changed");
        var card = await AskedAsync("fail-over", dora);
        lock (Slack.Workspace.Gate)
            dba.Members.Remove(dora.User.Id);
        var asked = Clock.GetUtcNow();
        await Until.Holds(() => Task.FromResult(Clock.GetUtcNow() - asked > TimeSpan.FromSeconds(5)), "five seconds");

        await dora.Presses("Approve", card);

        await dora.Hears("Only dba may decide this");
    }

    [Fact]
    public async Task While_Slack_does_not_say_who_somebody_is_they_are_who_they_were()
    {
        var card = await AskedAsync("restart-web", Olga);
        Slack.Faults.Rule = method => method is "users.info" or "usergroups.list" ? new Fault.Status(503) : null;

        await Olga.Presses("Approve", card);

        await (await Slack.ExpectsChannel("inc-1")).ExpectsUpdate(card, "olga decided: approve");
    }

    [Fact]
    public async Task By_an_event_they_may_do_nothing_more_at_once_and_are_named_no_more_among_those_who_may()
    {
        var card = await AskedAsync("restart-web", Olga);
        await Bruno.Presses("Approve", card);
        await Bruno.Hears("Ask olga");

        Slack.Becomes(Olga, user => user with { IsDeleted = true });
        Slack.Becomes(Bruno, user => user with { IsRestricted = true });
        await Until.Holds(() => Task.FromResult(!Having(Role.Approver).Contains("olga")), "olga gone from those who may approve");
        await Until.Holds(() => Task.FromResult(!Having(Role.Responder).Contains("bruno")), "bruno gone from the responders");

        (await Bruno.Types("/incident note I am still here", "inc-1")).ShouldContain("needs the role viewer");
    }

    [Fact]
    public async Task A_new_status_or_name_costs_no_call_but_of_whom_that_changes_something()
    {
        await Bruno.Types("/incident help");
        var asked = Asked();
        foreach (var what in new[] { "at lunch", "on the phone", "at home", "on holiday" })
        {
            Slack.Becomes(Bruno, user => user with { RealName = "Bruno, " + what });
            Slack.Becomes(Gus, user => user with { RealName = "Gus, " + what });
        }

        await Until.Holds(() => Task.FromResult(Slack.Delivery.Pending == 0), "the events");
        Slack.Becomes(Bruno, user => user with { IsAdmin = true });
        await Until.Holds(() => Task.FromResult(Having(Role.Approver).Contains("bruno")), "bruno among those who may approve");
        // Once for what came, and once more since the log said something else.
        Asked().ShouldBe(asked + 2);
    }

    private IEnumerable<string> Having(Role role) => Bot.Services.GetRequiredService<AccessState>().Current.Having(role);

    private int Asked() => Slack.Calls.Of("users.info").Count;

    private async Task<Card> AskedAsync(string runbook, Person approver)
    {
        var channel = await MailStuckAsync();
        await approver.Types("/incident help");
        await Anna.Types("/incident run " + runbook, "inc-1");
        return await channel.ExpectsCard("Approve this step?");
    }
}
