using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Microsoft.Extensions.Time.Testing;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>Slack is down for ten minutes in the middle of a real incident, which is run from the console meanwhile.</summary>
public sealed class OutageStories : SlackStory
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    private protected override TimeProvider Clock => time;

    private protected override IReadOnlyList<string> Runbooks =>
        [
            """
                runbook: restart-relay
                summary: Restart the mail relay
                steps:
                  - id: restart
                    uses: core/count@1
                    with: { key: relay }
                    effect: once
                    approve: { need: 1, expires: 20m }
                """,
        ];

    [Fact]
    public async Task Afterwards_the_channel_tells_the_whole_story_in_order_and_once()
    {
        using var passing = new CancellationTokenSource();
        var clock = PassAsync(time, passing.Token);
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        var card = await channel.ExpectsCard("inc-1: Mail is stuck");
        await channel.ExpectsCard("Declared: Mail is stuck");
        await passing.CancelAsync();
        await clock;

        Slack.Faults.IsDown = true;
        Slack.Sockets.Drop();
        Slack.Delivery.RetryAfter = [];
        string[] minutes =
        [
            "/incident lead me",
            "/incident severity 1",
            "/incident update nobody gets mail",
            "/incident note the relay is full",
            "/incident task ask the provider",
            "/incident run restart-relay",
            "/incident identify",
            "/incident task done 1",
            "/incident update all mail is out",
            "/incident resolve the relay was restarted",
        ];
        await RecordAsync(new IncidentFact.Reminded(ReminderKind.NoUpdate));
        foreach (var line in minutes)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await Console(line, "inc-1");
        }

        await Console("/incident declare Orders are lost", null);
        Bruno.Writes("can anybody read this?", channel.Channel.Name);
        await Until.Holds(() => Task.FromResult(Slack.Delivery.Pending == 0), "the end of Slack's tries");
        // The resolution ends the run that waits, a moment later.
        await Until.Holds(
            async () => (await TimelineAsync()).Any(line => line.Contains("restart-relay cancelled", StringComparison.Ordinal)),
            "the end of the run"
        );
        time.Advance(TimeSpan.FromMinutes(1));
        Slack.Faults.IsDown = false;
        using var going = new CancellationTokenSource();
        clock = PassAsync(time, going.Token);

        await channel.ExpectsUpdate(card, "resolved", "sev1", "console");
        await channel.ExpectsCard("Resolved: the relay was restarted");
        string[] story =
        [
            "Declared: Mail is stuck",
            "console is commander",
            "Severity unset → sev1",
            "Update: nobody gets mail",
            "Note: the relay is full",
            "Task 1: ask the provider",
            "Runbook restart-relay was started",
            "triage → identified",
            "Task 1 is done",
            "Update: all mail is out",
            "Resolved: the relay was restarted",
        ];
        var told = string.Join('\n', channel.Channel.Messages.Select(message => message.Text));
        foreach (var line in story)
            Occurrences(told, line).ShouldBe(1, $"{line} in\n{told}");
        story.Select(line => told.IndexOf(line, StringComparison.Ordinal)).ShouldBeInOrder();
        // Together, not line by line.
        channel.Count("While this channel could not be reached:").ShouldBe(1);
        // What somebody was reminded of has been done, and it is over.
        (await channel.ExpectsCard("Reminder: ", "While this channel could not be reached")).Buttons.ShouldBeEmpty();
        // What nobody can decide any more is not asked.
        channel.Count("Approve this step?").ShouldBe(0);
        await (await Slack.ExpectsChannel("inc-2")).ExpectsCard("inc-2: Orders are lost");
        await Tells("can anybody read this?");
        await going.CancelAsync();
        await clock;
    }

    [Fact]
    public async Task A_run_goes_on_from_the_console_and_its_cards_say_so_afterwards()
    {
        using var passing = new CancellationTokenSource();
        var clock = PassAsync(time, passing.Token);
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("Declared: Mail is stuck");
        await Anna.Types("/incident run restart-relay", "inc-1");
        var question = await channel.ExpectsCard("Approve this step?");
        var run = await channel.ExpectsCard("restart-relay: waiting");
        await passing.CancelAsync();
        await clock;

        Slack.Faults.IsDown = true;
        Slack.Sockets.Drop();
        time.Advance(TimeSpan.FromMinutes(5));
        var incident = await Bot.Get<IncidentTable>().FindAsync(1, default);
        await Console($"/incident approve {incident!.Runs[0]} restart", "inc-1");
        await Until.Holds(
            async () => (await TimelineAsync()).Any(line => line.StartsWith("Repaired: runbook restart-relay", StringComparison.Ordinal)),
            "the end of the run"
        );
        time.Advance(TimeSpan.FromMinutes(5));
        Slack.Faults.IsDown = false;
        using var going = new CancellationTokenSource();
        clock = PassAsync(time, going.Token);

        await channel.ExpectsUpdate(question, "Decided: step restart", "console decided: approve");
        question.Buttons.ShouldBeEmpty();
        await channel.ExpectsUpdate(run, "restart-relay: succeeded");
        await channel.ExpectsCard("Repaired: runbook restart-relay succeeded");
        foreach (var once in new[] { "Decided: step restart", "restart-relay: succeeded", "Repaired: runbook restart-relay" })
            channel.Count(once).ShouldBe(1);
        channel.Count("Approve this step?").ShouldBe(0);
        await going.CancelAsync();
        await clock;
    }

    [Fact]
    public async Task What_can_still_be_done_can_be_pressed_beside_the_story_and_later_it_says_why_not()
    {
        using var passing = new CancellationTokenSource();
        var clock = PassAsync(time, passing.Token);
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("Declared: Mail is stuck");
        await passing.CancelAsync();
        await clock;

        Slack.Faults.IsDown = true;
        Slack.Sockets.Drop();
        foreach (var kind in new[] { ReminderKind.NoUpdate, ReminderKind.NoCommander })
            await RecordAsync(new IncidentFact.Reminded(kind));
        await RecordAsync(new IncidentFact.RunbookProposed("restart-relay", "it helped before", null, null));
        time.Advance(TimeSpan.FromMinutes(1));
        await Console("/incident update nobody gets mail", "inc-1");
        time.Advance(TimeSpan.FromMinutes(3));
        Slack.Faults.IsDown = false;
        using var going = new CancellationTokenSource();
        clock = PassAsync(time, going.Token);

        var digest = await channel.ExpectsCard("While this channel could not be reached", "Reminder: nobody leads");
        digest.Buttons.ShouldBe(["Take the lead", "Snooze 30 min", "Snooze 1 day"]);
        var proposal = await channel.ExpectsCard("Runbook restart-relay is proposed", "it helped before");
        await Slack.Sockets.HasMadeAsync(2);
        var (lead, snooze, run) = (digest.Button("Take the lead"), digest.Button("Snooze 1 day"), proposal.Button("Run restart-relay"));
        await Console("/incident lead me", "inc-1");
        await Bruno.PressesStill(lead, digest);
        await Bruno.Hears("console is commander of inc-1 by now. To take over: /incident role commander me");
        await Console("/incident resolve it went away", "inc-1");
        await Bruno.PressesStill(snooze, digest);
        await Bruno.Hears("inc-1 is resolved. Re-open it with");
        await Olga.PressesStill(run, proposal);
        await Olga.Hears("inc-1 is resolved. Re-open it with");
        await Anna.PressesStill(lead, digest);
        await Anna.Hears("inc-1 is resolved. Re-open it with");
        (await TimelineAsync()).ShouldNotContain(line => line.Contains("restart-relay was started", StringComparison.Ordinal));
        await going.CancelAsync();
        await clock;
    }

    private Task<Decision> RecordAsync(IncidentFact fact) =>
        Bot.Get<IDesk>().SubmitAsync(new IncidentWork(1, new IncidentCommand.Record(fact), Actor.System), default);

    private static int Occurrences(string text, string part) => text.Split(part).Length - 1;
}
