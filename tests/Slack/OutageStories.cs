using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
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
        var reminded = new IncidentCommand.Record(new IncidentFact.Reminded(ReminderKind.NoUpdate));
        await Bot.Get<IDesk>().SubmitAsync(new IncidentWork(1, reminded, Actor.System), default);
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
        // What could be pressed beside a line can be pressed all the same.
        (await channel.ExpectsCard("Reminder: ", "While this channel could not be reached")).Buttons.ShouldBe([
            "Post an update",
            "Snooze 30 min",
            "Snooze 1 day",
        ]);
        // What nobody can decide any more is not asked.
        channel.Count("Approve this step?").ShouldBe(0);
        await (await Slack.ExpectsChannel("inc-2")).ExpectsCard("inc-2: Orders are lost");
        await Tells("can anybody read this?");
        await going.CancelAsync();
        await clock;
    }

    private static int Occurrences(string text, string part) => text.Split(part).Length - 1;
}
