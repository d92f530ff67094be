using System.Text.Json.Nodes;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Tests.FakeSlack;
using Tests.Servers;
using Tests.Support;

namespace Tests.Slack;

/// <summary>The same press or form comes twice: to two nodes at once, or by a double click. It has one effect, and both are answered.</summary>
public sealed class TwiceStories : SlackStory
{
    private const string Restart = """
        runbook: restart
        summary: Waits
        steps:
          - id: rest
            wait: { for: 1h }
        """;

    private readonly string database = PostgresServer.Shared.NewDatabase();
    private BotUnderTest? other;

    private protected override bool OverHttp => true;

    private protected override IReadOnlyList<string> Runbooks => [Restart];

    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?>
        {
            ["Storage:ConnectionString"] = database,
            ["Chat:Roles:Members"] = "viewer",
            ["Chat:Roles:Groups:oncall"] = "responder",
        };

    public override async Task DisposeAsync()
    {
        if (other is not null)
            await other.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task On_two_nodes_at_once_it_has_one_effect_and_both_answer_the_same()
    {
        Slack.Delivery.SecondUrl = Slack.Delivery.RequestUrl;
        other = await StartBotAsync(new Dictionary<string, string?> { ["Node:Name"] = "two" });

        await Anna.Types("/incident declare");
        (await (await Anna.SeesModal("Declare an incident")).Fill("What is wrong?", "Mail is stuck").Submits()).ShouldBeEmpty();
        var channel = await Slack.ExpectsChannel("inc-1");
        var card = await channel.ExpectsCard("inc-1: Mail is stuck");
        await Anna.Presses("Take the lead", card);
        await channel.ExpectsUpdate(card, "anna");
        (await Anna.Types("/incident task add look at the relay", "inc-1")).ShouldBe("Task 1 added.");

        var timeline = await TimelineAsync();
        timeline.Count(line => line.StartsWith("Declared", StringComparison.Ordinal)).ShouldBe(1);
        timeline.Count(line => line is "anna is commander").ShouldBe(1);
        timeline.Count(line => line.StartsWith("Task", StringComparison.Ordinal)).ShouldBe(1);
        (await Console("/incident list", null)).ShouldNotContain("inc-2");
    }

    [Fact]
    public async Task A_form_that_is_sent_twice_starts_a_runbook_once()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        await Anna.Types("/incident run", "inc-1");
        var form = await Anna.SeesModal("Run a runbook");
        await form.Fill("Which one?", "restart").SubmitsTwice();
        await channel.ExpectsCard("restart: ");
        (await TimelineAsync()).Count(line => line.StartsWith("Runbook restart was started", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_form_that_was_refused_goes_unchanged_once_nothing_stands_against_it()
    {
        var channel = await MailStuckAsync();
        await Anna.Presses("Update", await channel.ExpectsCard("inc-1: Mail is stuck"));
        var form = await Anna.SeesModal("Post an update");
        form.Fill("How does it stand?", "the relay is full").Fill("New state", "identified");
        await Console("/incident resolve it went away", "inc-1");
        (await form.Submits()).Values.ShouldHaveSingleItem().ShouldContain("inc-1 is resolved.");
        (await form.Submits()).Values.ShouldHaveSingleItem().ShouldContain("inc-1 is resolved.");
        await Console("/incident reopen it is back", "inc-1");
        await form.SubmitsTwice();
        (await TimelineAsync()).Count(line => line.Contains("the relay is full", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_double_click_is_one_press_and_somebody_elses_is_another()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        var card = await channel.ExpectsCard("inc-1: Mail is stuck");
        var button = new JsonObject
        {
            ["type"] = "button",
            ["action_id"] = "command-0",
            ["value"] = "/incident say hello",
        };
        await Task.WhenAll(Anna.PressesStill(button, card), Anna.PressesStill(button, card));
        await Bruno.PressesStill(button, card);
        await channel.ExpectsCard("bruno: hello");
        (await TimelineAsync()).Count(line => line is "hello").ShouldBe(2);
        await Until.Holds(() => Task.FromResult((Heard(Anna), Heard(Bruno)) == (2, 1)), "an answer to each press");
    }

    [Fact]
    public async Task What_is_chosen_again_after_something_else_is_chosen_again()
    {
        var channel = await MailStuckAsync();
        var card = await channel.ExpectsCard("inc-1: Mail is stuck");
        foreach (var severity in new[] { "sev1", "sev2", "sev1" })
            await Anna.Chooses("Severity", severity, card);
        await Tells("Severity sev2 → sev1");
    }

    [Fact]
    public async Task A_node_to_which_slack_does_not_tell_the_user_groups_goes_by_those_that_were_known()
    {
        const string command = "/incident approve run-1 step";
        (await Bruno.Types(command)).ShouldNotContain("needs the role");
        Slack.Faults.Rule = method => method is "usergroups.list" ? new Fault.Status(503) : null;
        other = await StartBotAsync(new Dictionary<string, string?> { ["Node:Name"] = "two" });
        (await Bruno.Types(command)).ShouldNotContain("needs the role");
        var vera = await other.PersonAsync("vera", global::Bot.Access.Role.Viewer);
        (await vera.GetStringAsync(new Uri("/health", UriKind.Relative))).ShouldContain("usergroups.list: HTTP 503");
    }

    private int Heard(Person person)
    {
        lock (Slack.Workspace.Gate)
            return Slack.Workspace.Ephemerals.Count(seen => seen.User == person.User.Id && seen.Text is "Posted.");
    }

    [Fact]
    public async Task A_proposal_is_started_once_whoever_presses_wherever_and_its_card_says_so()
    {
        Slack.Delivery.SecondUrl = Slack.Delivery.RequestUrl;
        other = await StartBotAsync(new Dictionary<string, string?> { ["Node:Name"] = "two" });
        var channel = await MailStuckAsync();
        var proposed = new IncidentFact.RunbookProposed("restart", "it helped before", null, null);
        await Bot.Get<IDesk>().SubmitAsync(new IncidentWork(1, new IncidentCommand.Record(proposed), Actor.System), default);
        var card = await channel.ExpectsCard(
            "Runbook restart is proposed",
            "it helped before",
            "1 step; changes nothing",
            "/runbooks?incident=inc-1#restart"
        );
        var summary = await channel.ExpectsCard("Run restart", "inc-1: Mail is stuck");
        var button = card.Button("Run restart");

        await Task.WhenAll(Anna.PressesStill(button, card), Bruno.PressesStill(button, summary));
        await channel.ExpectsUpdate(card, "Runbook restart was proposed", "Started by", "/runs/run-");
        card.Buttons.ShouldBeEmpty();
        await Olga.PressesStill(button, card);
        await Olga.Hears("Runbook restart was started already, by user:");
        (await StartsAsync()).ShouldBe(1);

        (await Anna.Types("/incident run restart", "inc-1")).ShouldContain("Runbook restart started: run-");
        (await StartsAsync()).ShouldBe(2);
    }

    private async Task<int> StartsAsync() =>
        (await TimelineAsync()).Count(line => line.StartsWith("Runbook restart was started by", StringComparison.Ordinal));
}
