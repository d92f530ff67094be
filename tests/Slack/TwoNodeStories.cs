using Bot.Access;
using Bot.Desk;
using Microsoft.Extensions.DependencyInjection;
using Tests.FakeSlack;
using Tests.Servers;
using Tests.Support;

namespace Tests.Slack;

/// <summary>What one node has done a moment ago, and another one is told of.</summary>
public sealed class TwoNodeStories : SlackStory
{
    private readonly string database = PostgresServer.Shared.NewDatabase();
    private BotUnderTest? other;

    private protected override bool OverHttp => true;

    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?> { ["Storage:ConnectionString"] = database };

    private protected override IReadOnlyList<string> Runbooks =>
        [
            """
                runbook: restart-web
                summary: Restarts the web server
                steps:
                  - { id: restart, uses: core/count@1, with: { key: restart }, effect: once, approve: { need: 1 } }
                """,
        ];

    public override async Task DisposeAsync()
    {
        if (other is not null)
            await other.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task What_is_written_at_once_in_a_channel_that_another_node_took_is_heard()
    {
        var one = Slack.Delivery.RequestUrl;
        other = await StartBotAsync(new Dictionary<string, string?> { ["Node:Name"] = "two" });
        var two = Slack.Delivery.RequestUrl;
        for (var number = 1; number <= 3; number++)
        {
            var name = $"mail-trouble-{number}";
            Slack.AddChannel(name, members: [Anna, Bruno]);
            Slack.Delivery.RequestUrl = one;
            (await Anna.Types("/incident convert Mail is stuck", name)).ShouldContain($"(inc-{number})");
            Slack.Delivery.RequestUrl = two;
            Bruno.Writes("the relay is full", name);
            (await Bruno.Types("/incident note it answers 451", name)).ShouldContain("Noted");
            await Until.Holds(
                async () => (await TimelineAsync($"inc-{number}")).Contains("the relay is full"),
                "what was written at once",
                async () => string.Join('\n', await TimelineAsync($"inc-{number}"))
            );
        }
    }

    [Fact]
    public async Task What_one_node_was_told_of_somebody_another_one_does_not_take_back()
    {
        var one = Slack.Delivery.RequestUrl;
        await Bruno.Types("/incident help");
        other = await StartBotAsync(new Dictionary<string, string?> { ["Node:Name"] = "two" });
        var two = Slack.Delivery.RequestUrl;
        await Bruno.Types("/incident help");

        Slack.Delivery.RequestUrl = one;
        Slack.Becomes(Bruno, user => user with { IsRestricted = true });
        await Until.Holds(
            () => Task.FromResult(!other.Services.GetRequiredService<AccessState>().Current.Having(Role.Responder).Contains("bruno")),
            "bruno gone from the responders"
        );
        Slack.Delivery.RequestUrl = two;
        (await Bruno.Types("/incident declare Mail is stuck")).ShouldContain("needs the role viewer");
    }

    [Fact]
    public async Task What_one_node_was_told_of_somebody_holds_on_another_one_that_Slack_does_not_answer()
    {
        var one = Slack.Delivery.RequestUrl;
        var channel = await MailStuckAsync();
        await Anna.Types("/incident run restart-web", "inc-1");
        var card = await channel.ExpectsCard("Approve this step?");
        other = await StartBotAsync(new Dictionary<string, string?> { ["Node:Name"] = "two" });
        var two = Slack.Delivery.RequestUrl;
        await Olga.Types("/incident help");

        Slack.Delivery.RequestUrl = one;
        await Olga.Types("/incident help");
        Slack.Becomes(Olga, user => user with { IsAdmin = false, IsRestricted = true });
        await Until.Holds(
            () => Task.FromResult(!other.Services.GetRequiredService<AccessState>().Current.Having(Role.Approver).Contains("olga")),
            "olga gone from those who may approve"
        );
        Slack.Faults.Rule = method => method is "users.info" or "usergroups.list" ? new Fault.Status(503) : null;
        Slack.Delivery.RequestUrl = two;
        await Olga.Presses("Approve", card);

        await Olga.Hears("needs the role responder");
        other.Services.GetRequiredService<AccessState>().Current.Having(Role.Approver).ShouldNotContain("olga");
    }
}
