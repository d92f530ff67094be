using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>A channel of the team in which one incident is led after another: what stands there of one acts on no other one.</summary>
public sealed class ReusedRoomStories : SlackStory
{
    // What is waited for is the pace that Slack allows.
    private protected override TimeProvider Clock { get; } = new HastyTime(5);

    private protected override IReadOnlyList<string> Runbooks =>
        [
            """
                runbook: restart-web
                summary: Restart the web server
                inputs:
                  host: { type: string, required: true }
                steps:
                  - { id: tell, uses: incident/note@1, with: { text: "${{ inputs.host }} was restarted." } }
                """,
        ];

    [Fact]
    public async Task What_an_incident_that_is_over_left_there_is_about_it_and_says_that_it_is_over()
    {
        var ops = Slack.AddChannel("ops", members: [Anna, Bruno]);
        await Anna.Types("/incident convert Mail is stuck", "ops");
        var summary = await ops.ExpectsCard("inc-1: Mail is stuck", "triage");
        var due = new IncidentCommand.Record(new IncidentFact.Reminded(ReminderKind.NoCommander));
        await Bot.Get<IDesk>().SubmitAsync(new IncidentWork(1, due, Actor.System), default);
        var reminder = await ops.ExpectsCard("nobody leads");
        var (lead, resolve, update) = (summary.Button("Take the lead"), summary.Button("Resolve"), summary.Button("Update"));
        var severity = summary.Menu("Severity");
        await Anna.Types("/incident task list", "ops");
        var tasks = await Anna.SeesCard("Tasks of inc-1");
        await Anna.Types("/incident resolve it is well", "ops");
        await ops.ExpectsUpdate(summary, "resolved");
        await Anna.Types("/incident convert Orders are lost", "ops");
        var other = await ops.ExpectsCard("inc-2: Orders are lost", "triage");

        const string over = "inc-1 is resolved";
        await Bruno.PressesStill(lead, summary);
        await Bruno.Hears(over);
        await Olga.PressesStill(reminder.Button("Snooze 1 day"), reminder);
        await Olga.Hears(over);
        await Bruno.PressesStill(resolve, summary);
        await (await Bruno.SeesModal("Resolve the incident")).Submits();
        await Bruno.Hears("inc-1 is resolved already.");
        await Bruno.PressesStill(update, summary);
        (await Bruno.SeesModal("Post an update")).Metadata.ShouldContain("/incident update inc-1");
        ((string?)severity["options"]![0]!["value"]).ShouldBe("/incident severity inc-1 sev1");
        tasks.Button("Add a task").ToJsonString().ShouldContain("/incident task inc-1");

        await Bruno.Presses("Timeline", summary);
        await Bruno.Hears("Declared: Mail is stuck");
        (await TimelineAsync("inc-2")).ShouldNotContain(line => line.Contains("bruno", StringComparison.Ordinal));
        other.Text.ShouldContain("NOBODY");
    }

    [Fact]
    public async Task A_message_may_stand_on_the_timeline_of_each_incident_that_was_led_there_and_once_on_each()
    {
        var ops = Slack.AddChannel("ops", members: [Anna, Bruno]);
        var message = Bruno.Writes("the relay answers 451", "ops");
        await Anna.Types("/incident convert Mail is stuck", "ops");
        await ops.ExpectsCard("inc-1: Mail is stuck");
        await Anna.UsesShortcut("add_to_timeline", message, "ops");
        await Anna.Hears("Added to the timeline.");
        await Anna.Types("/incident resolve it is well", "ops");
        await Anna.Types("/incident convert Orders are lost", "ops");
        await ops.ExpectsCard("inc-2: Orders are lost");

        await Anna.UsesShortcut("add_to_timeline", message, "ops");
        await Anna.Types($"/incident mark <{ChatMethods.Link(ops.Channel, message)}>", "ops");

        await Until.Holds(async () => await MarksAsync("inc-2") == 1, "it on the second one");
        (await MarksAsync("inc-1")).ShouldBe(1);
    }

    private async Task<int> MarksAsync(string incident) =>
        (await TimelineAsync(incident)).Count(line =>
            line.StartsWith("For the timeline: “the relay answers 451”", StringComparison.Ordinal)
        );

    [Fact]
    public async Task A_form_that_was_opened_before_is_about_the_incident_of_then()
    {
        var ops = Slack.AddChannel("ops", members: [Anna, Bruno]);
        await Anna.Types("/incident convert Mail is stuck", "ops");
        await ops.ExpectsCard("inc-1: Mail is stuck");
        await Bruno.Types("/incident note", "ops");
        var note = await Bruno.SeesModal("Add a note");
        await Bruno.Types("/incident run restart-web", "ops");
        var run = await Bruno.SeesModal("Run restart-web");
        await Anna.Types("/incident resolve it is well", "ops");
        await Anna.Types("/incident convert Orders are lost", "ops");

        note.Fill("What happened?", "the relay was full");
        await note.Submits();
        await Tells("Note: the relay was full");
        run.Fill("host", "web-7");
        await run.Submits();
        await Tells("Note: web-7 was restarted.");
        (await TimelineAsync("inc-2")).ShouldNotContain(line => line.Contains("web-7", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_is_in_the_private_channel_of_two_incidents_sees_the_one_that_is_over_too()
    {
        var board = Slack.AddChannel("board", isPrivate: true, members: [Anna, Bruno]);
        await Anna.Types("/incident convert The board is bribed --private", "board");
        var summary = await board.ExpectsCard("inc-1: The board is bribed");
        await Anna.Types("/incident resolve it is well", "board");
        await board.ExpectsUpdate(summary, "resolved");
        await Anna.Types("/incident convert The list has leaked --private", "board");
        await Bruno.Presses("Timeline", summary);
        await Bruno.Hears("Declared: The board is bribed");
        (await Bruno.Types("/incident status inc-1")).ShouldBe("There is no incident inc-1.");
    }

    [Fact]
    public async Task One_that_is_opened_again_takes_its_channel_back_or_gets_another()
    {
        var ops = Slack.AddChannel("ops", members: [Anna, Bruno]);
        await Anna.Types("/incident convert Mail is stuck", "ops");
        await ops.ExpectsCard("inc-1: Mail is stuck");
        await Anna.Types("/incident resolve it is well", "ops");
        await Anna.Types("/incident convert Orders are lost", "ops");
        await ops.ExpectsCard("inc-2: Orders are lost");
        await Anna.Types("/incident resolve they are found", "ops");

        await Anna.Types("/incident reopen inc-1 It is back");
        await TopicAsync(ops, "investigating", "inc-1");
        Anna.Writes("the relay is full again", "ops");
        await Tells("the relay is full again");

        // Meanwhile the channel is led for inc-1: the other one cannot go on there.
        await Anna.Types("/incident reopen inc-2 They are lost again");
        await (await Slack.ExpectsChannel("inc-2")).ExpectsCard("inc-2: Orders are lost");
    }

    [Fact]
    public async Task What_was_still_to_be_said_of_a_channel_is_not_said_once_it_is_anothers()
    {
        var ops = await ReusedAsync();
        Slack.Faults.CallRule = call => IsTopicOfResolved(call) ? new Fault.RateLimited(5) : null;
        await Anna.Types("/incident resolve they are found", "ops");
        await Until.Holds(
            () => Task.FromResult(Slack.Calls.All.Any(call => IsTopicOfResolved(call.Call))),
            "a try at the last topic of inc-2"
        );
        await Anna.Types("/incident reopen inc-1 It is back");
        Slack.Faults.CallRule = null;
        await TopicAsync(ops, "investigating", "inc-1");
        // By then the other one was due, too.
        await Anna.Types("/incident severity 1", "ops");
        await TopicAsync(ops, "sev1", "inc-1");
        Slack.Calls.All.Where(call => IsTopicOfResolved(call.Call)).ShouldAllBe(call => call.Outcome != "ok");
    }

    [Fact]
    public async Task What_is_being_said_of_a_channel_is_not_the_last_word_once_it_is_anothers()
    {
        var ops = await ReusedAsync();
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        Slack.Faults.CallRule = call =>
        {
            if (!IsTopicOfResolved(call))
                return null;
            asked.TrySetResult();
            return new Fault.Held(answer.Task);
        };
        await Anna.Types("/incident resolve they are found", "ops");
        await asked.Task;
        await Anna.Types("/incident reopen inc-1 It is back");
        await ops.ExpectsCard("inc-1: Mail is stuck", "investigating");
        answer.SetResult();
        await TopicAsync(ops, "investigating", "inc-1");
        // By the time of its next topic the first one was its last word.
        await Anna.Types("/incident severity 1", "ops");
        await TopicAsync(ops, "sev1", "inc-1");
    }

    /// <summary>Where inc-1 was led until it was over, and inc-2 is led now.</summary>
    private async Task<Place> ReusedAsync()
    {
        var ops = Slack.AddChannel("ops", members: [Anna, Bruno]);
        await Anna.Types("/incident convert Mail is stuck", "ops");
        await ops.ExpectsCard("inc-1: Mail is stuck");
        await Anna.Types("/incident resolve it is well", "ops");
        await TopicAsync(ops, "resolved", "inc-1");
        await Anna.Types("/incident convert Orders are lost", "ops");
        await TopicAsync(ops, "triage", "inc-2");
        return ops;
    }

    private static bool IsTopicOfResolved(Call call) =>
        call.Method is "conversations.setTopic"
        && call.Text("topic") is { } topic
        && topic.Contains("resolved", StringComparison.Ordinal)
        && topic.Contains("inc-2", StringComparison.Ordinal);

    private static Task TopicAsync(Place place, params string[] parts) =>
        Until.Holds(
            () => Task.FromResult(parts.All(part => place.Channel.Topic.Contains(part, StringComparison.Ordinal))),
            $"a topic with {string.Join(" and ", parts)}",
            () => Task.FromResult(place.Channel.Topic)
        );
}
