using Tests.FakeSlack;

namespace Tests.Slack;

public sealed class RunbookStories : SlackStory
{
    private protected override IReadOnlyList<string> Runbooks =>
        [
            Asking("many", 45),
            Asking("too-many", 99),
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
            """
                runbook: move-shard
                summary: Move a shard to another host
                inputs:
                  shard: { type: integer, required: true, description: "Which one? 1 to 99" }
                  host: { type: string, enum: [web-1, web-2], default: web-1 }
                  wait: { type: boolean, default: false }
                steps:
                  - id: move
                    run: |
                      echo "moving shard $SHARD to $HOST_NAME"
                      echo "done"
                    env: { SHARD: "${{ inputs.shard }} (${{ inputs.shard > 6 }})", HOST_NAME: "${{ inputs.host }}" }
                    shell: bash
                    effect: idempotent
                """,
            """
                runbook: strict
                summary: Takes only what fits
                inputs:
                  host: { type: string, required: true, pattern: 'web-[0-9]+' }
                  zone: { type: string, required: true, pattern: '[a-z]+' }
                steps:
                  - { id: tell, uses: incident/note@1, with: { text: "${{ inputs.host }} in ${{ inputs.zone }}" } }
                """,
            """
                runbook: ask-twice
                summary: Takes only answers that fit
                steps:
                  - id: where
                    ask:
                      text: "Which host, and where?"
                      inputs:
                        host: { type: string, required: true, pattern: 'web-[0-9]+' }
                        zone: { type: string, required: true, pattern: '[a-z]+' }
                        rack: { type: string, required: true, pattern: 'r[0-9]+' }
                  - id: tell
                    uses: incident/note@1
                    with: { text: "${{ steps.where.outputs.host }} in ${{ steps.where.outputs.zone }}, ${{ steps.where.outputs.rack }}." }
                """,
            """
                runbook: ask-first
                summary: Asks before it does anything
                steps:
                  - id: which
                    ask: { text: "Which replica?", inputs: { replica: { enum: [a, b], required: true }, lag: { type: integer } } }
                  - id: tell
                    uses: incident/note@1
                    with: { text: "Replica ${{ steps.which.outputs.replica }}, lag high: ${{ steps.which.outputs.lag > 40 }}." }
                """,
            $$$"""
                runbook: perhaps
                summary: A call whose answer is lost
                steps:
                  - id: call
                    uses: http/request@1
                    with: { url: "{{{Slack.ApiUrl}}}api.test", method: POST }
                    effect: once
                    skip-allowed: true
                  - id: tell
                    uses: incident/note@1
                    with: { text: "Went on." }
                """,
            """
                runbook: draw
                summary: Shows how it went
                steps:
                  - id: draw
                    uses: chat/graph@1
                    with:
                      title: Errors a second
                      series:
                        - labels: { instance: web-1 }
                          points:
                            - [1795521600, 0.5]
                            - [1795521660, 12]
                            - [1795521720, 7.25]
                """,
            """
                runbook: breaks
                summary: Fails until it is asked to go on
                steps:
                  - id: fine
                    uses: incident/note@1
                    with: { text: "fine" }
                  - id: breaks
                    run: |
                      echo "no space left on device"
                      exit 3
                    shell: bash
                    effect: idempotent
                """,
            """
                runbook: flaky
                summary: Fails, and is tried again much later
                steps:
                  - id: probe
                    run: exit 3
                    shell: bash
                    effect: idempotent
                    retry: { attempts: 3, delay: 1h, jitter: none }
                    skip-allowed: true
                  - id: must
                    run: exit 4
                    shell: bash
                    effect: idempotent
                    retry: { attempts: 3, delay: 1h, jitter: none }
                """,
        ];

    [Fact]
    public async Task A_start_form_says_at_each_input_what_is_wrong_with_it()
    {
        await MailStuckAsync();
        await Anna.Types("/incident run strict", "inc-1");
        var form = await Anna.SeesModal("Run strict");

        var errors = await form.Fill("host", "db-1").Fill("zone", "A1").Submits();

        errors["host"].ShouldStartWith("host 'db-1' is not valid. ");
        errors["zone"].ShouldStartWith("zone 'A1' is not valid. ");
    }

    [Fact]
    public async Task A_step_that_failed_offers_what_fits_it_and_what_the_command_would_take()
    {
        var channel = await ReadyAsync();
        await Anna.Types("/incident run flaky", "inc-1");
        var card = await channel.ExpectsCard("flaky: running", "Retry probe now");
        card.Buttons.ShouldBe(["Retry probe now", "Skip probe", "probe is done by hand", "Stop"]);
        card.Button("Stop")["confirm"].ShouldNotBeNull();
        await Gus.Presses("Skip probe", card);
        await Gus.Hears("needs the role");

        await Anna.Presses("Skip probe", card);
        var form = await Anna.SeesModal("Skip this step");
        (await form.Fill("Why?", "the probe is broken").Submits()).ShouldBeEmpty();
        // What has no 'skip-allowed' is not offered to be skipped.
        await channel.ExpectsUpdate(card, "Retry must now");
        card.Buttons.ShouldBe(["Retry must now", "must is done by hand", "Stop"]);
    }

    [Fact]
    public async Task A_runbook_is_chosen_and_its_inputs_are_asked_for()
    {
        var channel = await ReadyAsync();
        await Anna.Types("/incident run", "inc-1");
        var which = await Anna.SeesModal("Run a runbook");
        (await which.Fill("Which one?", "move-shard").Submits()).ShouldBeEmpty();
        // The same modal asks on.
        var inputs = await Anna.SeesModal("Run move-shard");
        inputs.Text.ShouldContain("Which one? 1 to 99");
        (await inputs.Fill("shard", "7").Fill("host", "web-2").Submits()).ShouldBeEmpty();

        // Lines of the output and a link to the rest, in the one message that was edited.
        await channel.ExpectsCard("move-shard: succeeded", "move │ moving shard 7 (true) to web-2", "/runs/run-");
        channel.Count("move-shard: ").ShouldBe(1);
        (await Anna.Types("/incident run move-shard shard=x", "inc-1")).ShouldStartWith("shard 'x' is not valid.");
    }

    [Fact]
    public async Task What_a_runbook_asks_is_answered_in_a_form()
    {
        var channel = await ReadyAsync();
        await Anna.Types("/incident run ask-first", "inc-1");
        var card = await channel.ExpectsCard("The runbook asks", "Which replica?");
        await Anna.Presses("Answer", card);
        var form = await Anna.SeesModal("The runbook asks");
        (await form.Fill("replica", "b").Fill("lag", "41").Submits()).ShouldBeEmpty();

        await channel.ExpectsCard("Note: Replica b, lag high: true.");
        await channel.ExpectsUpdate(card, "Decided: step which", "anna decided: answer");
    }

    [Fact]
    public async Task A_form_that_asks_says_at_each_answer_what_is_wrong_with_it()
    {
        var channel = await ReadyAsync();
        await Anna.Types("/incident run ask-twice", "inc-1");
        await Anna.Presses("Answer", await channel.ExpectsCard("The runbook asks", "Which host, and where?"));
        var form = await Anna.SeesModal("The runbook asks");
        var errors = await form.Fill("host", "web-1").Fill("zone", "A1").Fill("rack", "7").Submits();
        errors.Keys.ShouldBe(["zone", "rack"], ignoreOrder: true);
        errors["zone"].ShouldContain("[a-z]+");
        (await form.Fill("zone", "a").Fill("rack", "r7").Submits()).ShouldBeEmpty();
        await channel.ExpectsCard("Note: web-1 in a, r7.");
    }

    [Fact]
    public async Task Nobody_knows_whether_it_happened_and_somebody_says_so()
    {
        var channel = await ReadyAsync();
        Slack.Faults.Next("api.test", new Fault.AnswerLost());
        await Anna.Types("/incident run perhaps", "inc-1");
        var card = await channel.ExpectsCard("Did it happen? Nobody knows.", "anybody with the role approver");
        card.Buttons.ShouldBe(["It happened", "It did not, run again", "Skip", "Done by hand", "Stop and undo", "Stop"]);
        await Olga.Presses("Skip", card);
        var form = await Olga.SeesModal("Skip this step");
        (await form.Fill("Why?", "it was not needed").Submits()).ShouldBeEmpty();

        await channel.ExpectsUpdate(card, "olga decided: skip (it was not needed)");
        await channel.ExpectsCard("Note: Went on.");
    }

    [Fact]
    public async Task A_click_on_a_card_that_asked_something_else_is_refused()
    {
        var channel = await ReadyAsync();
        Slack.Faults.Next("api.test", new Fault.AnswerLost(), new Fault.AnswerLost());
        await Anna.Types("/incident run perhaps", "inc-1");
        var card = await channel.ExpectsCard("Did it happen? Nobody knows.");
        var before = card.Button("It did not, run again");
        before["confirm"]!["text"]!["text"]!.GetValue<string>().ShouldContain("it happens a second time");
        await Olga.Presses("Skip", card);
        var form = await Olga.SeesModal("Skip this step");

        await Olga.Presses("It did not, run again", card);
        await Support.Until.Holds(
            async () =>
                (await TimelineAsync()).Count(line => line.StartsWith("Nobody knows whether step call", StringComparison.Ordinal)) == 2,
            "the second lost answer",
            async () => string.Join('\n', await TimelineAsync())
        );
        await Anna.PressesStill(before, card);
        await Anna.Hears("had it run again at");
        await form.Fill("Why?", "it was not needed").Submits();

        // Whoever looks at it as it is now decides.
        await channel.ExpectsUpdate(card, "Decided: step call");
        var again = await channel.ExpectsCard("Did it happen? Nobody knows.");
        again.Message.Ts.ShouldNotBe(card.Message.Ts);
        await Olga.Presses("It happened", again);
        await channel.ExpectsUpdate(again, "olga decided: happened");
        var told = await TimelineAsync();
        told.ShouldNotContain(line => line.Contains("it was not needed", StringComparison.Ordinal));
        told.Count(line => line.StartsWith("Nobody knows whether step call", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public async Task A_run_that_failed_shows_its_last_lines_and_goes_on_from_there()
    {
        var channel = await ReadyAsync();
        await Anna.Types("/incident run breaks", "inc-1");
        var card = await channel.ExpectsCard("breaks: failed", "✗ breaks", "breaks │ no space left on device");
        await Anna.Presses("Go on from breaks", card);
        await Support.Until.Holds(
            async () => (await TimelineAsync()).Count(line => line.StartsWith("Runbook breaks failed", StringComparison.Ordinal)) == 2,
            "a second end of the run",
            async () => string.Join('\n', await TimelineAsync())
        );
    }

    [Fact]
    public async Task A_graph_is_drawn_and_uploaded()
    {
        var channel = await ReadyAsync();
        await Anna.Types("/incident run draw", "inc-1");
        await channel.ExpectsCard("Errors a second", "blue: instance=web-1");
        await channel.ExpectsCard("draw: succeeded");

        var file = Slack.Workspace.Files.ShouldHaveSingleItem();
        file.Title.ShouldBe("Errors a second");
        file.Channel.ShouldBe(channel.Channel.Id);
        var png = file.Content.ShouldNotBeNull();
        png.Take(8).ShouldBe(new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A });
        channel.Count("Attached:").ShouldBe(0);
    }

    // The first post with these words arrives, and its answer does not.
    private void Loses(string words, Func<Call, Fault?> others)
    {
        var lost = 0;
        Slack.Faults.CallRule = call =>
            call.Method is "chat.postMessage"
            && call.Text("text")!.Contains(words, StringComparison.Ordinal)
            && Interlocked.Increment(ref lost) == 1
                ? new Fault.AnswerLost()
                : others(call);
    }

    private async Task<Place> ReadyAsync()
    {
        await Anna.Types("/incident declare The web is slow");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: The web is slow");
        return channel;
    }

    [Fact]
    public async Task A_step_is_approved_by_a_button_and_the_card_says_by_whom()
    {
        await Anna.Types("/incident declare The web is slow");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: The web is slow");
        (await Anna.Types("/incident run restart-web host=web-2", "inc-1")).ShouldContain("Runbook restart-web started");

        var card = await channel.ExpectsCard("Approve this step?", "restart", "web-2");
        card.Button("Deny")["confirm"]!["title"]!["text"]!.GetValue<string>().ShouldBe("Deny?");
        card.Button("Approve")["confirm"].ShouldBeNull();
        await Anna.Presses("Approve", card);
        await Anna.Hears("This needs the role approver.");
        await Olga.Presses("Approve", card);
        await channel.ExpectsUpdate(card, "Decided: step restart", "olga decided: approve", "/runs/run-");
        card.Buttons.ShouldBeEmpty();
        await channel.ExpectsCard("restart-web: succeeded", "✓ restart", "✓ tell");
        await channel.ExpectsCard("Note: web-2 was restarted.");
    }

    [Theory]
    [InlineData("console: first", "conversations.history")]
    [InlineData("You are commander", "conversations.open")]
    public async Task A_lost_answer_that_no_look_can_tell_holds_up_no_question_and_is_said(string lost, string look)
    {
        var channel = await ReadyAsync();
        await channel.ExpectsCard("Declared: The web is slow");
        Loses(lost, call => call.Method == look ? new Fault.Refused("missing_scope") : null);
        await Console("/incident say first", "inc-1");
        await Anna.Types("/incident lead me", "inc-1");
        await Anna.Types("/incident run restart-web", "inc-1");

        await channel.ExpectsCard("Approve this step?");
        await channel.ExpectsCard("anna is commander");
        await Support.Until.Holds(
            () => Task.FromResult(channel.Count(lost) + Slack.Direct(Anna).Count(lost) == 2),
            "the same once more, since it is better read twice than never"
        );
        var admin = await Bot.PersonAsync("ada", global::Bot.Access.Role.Admin);
        foreach (var page in new[] { "/incidents/inc-1", "/health" })
            await Support.Until.Holds(
                async () =>
                    (await admin.GetStringAsync(new Uri(page, UriKind.Relative))).Contains(
                        "it may stand there twice: its answer was lost and could not be looked up (missing_scope",
                        StringComparison.Ordinal
                    ),
                "word of it on " + page
            );
    }

    [Fact]
    public async Task A_look_that_has_to_wait_holds_up_the_lines_after_it_and_no_question()
    {
        var channel = await ReadyAsync();
        await channel.ExpectsCard("Declared: The web is slow");
        var limited = true;
        Loses(
            "console: first",
            call => call.Method is "conversations.history" && Volatile.Read(ref limited) ? new Fault.RateLimited(3) : null
        );
        await Console("/incident say first", "inc-1");
        await Console("/incident say second", "inc-1");
        await Support.Until.Holds(() => Task.FromResult(Slack.Calls.Of("conversations.history").Count > 0), "a look");
        await Anna.Types("/incident run restart-web", "inc-1");
        var card = await channel.ExpectsCard("Approve this step?");
        await Olga.Presses("Approve", card);
        await channel.ExpectsUpdate(card, "olga decided: approve");
        channel.Count("console: second").ShouldBe(0);

        Volatile.Write(ref limited, false);
        await channel.ExpectsCard("console: second");
        channel.Count("console: first").ShouldBe(1);
    }

    [Fact]
    public async Task Home_shows_what_is_mine_and_what_waits_behind_any_number_of_newer_incidents()
    {
        await ReadyAsync();
        await Anna.Types("/incident lead me", "inc-1");
        await Anna.Types("/incident task look at the disk --for @anna", "inc-1");
        await Anna.Types("/incident run restart-web host=web-2", "inc-1");
        await Anna.Types("/incident run restart-web host=web-7");
        for (var number = 2; number <= 12; number++)
            await Console($"/incident declare Number {number}", null);
        Anna.LooksAtHome();
        await Anna.SeesAtHome("12 open, 1 with a role of yours", "inc-1: The web is slow", "inc-1 · 1. look at the disk");
        await Anna.SeesAtHome("Approve this step?", "web-2", "web-7");
        Olga.LooksAtHome();
        await Olga.SeesAtHome("12 open, 0 with a role of yours", "Approve this step?");
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

    [Fact]
    public async Task A_form_shows_as_many_questions_as_slack_holds_and_says_where_more_must_be_answered()
    {
        await MailStuckAsync();
        await Anna.Types("/incident run many", "inc-1");
        var form = await Anna.SeesModal("Run many");
        for (var number = 1; number <= 45; number++)
            form.Fill($"input{number}", $"answer {number}");
        (await form.Submits()).ShouldBeEmpty();
        await Tells("Note: answer 45");

        var refusal = await Anna.Types("/incident run too-many", "inc-1");
        refusal.ShouldContain("has 99 questions that must be answered, and a form in Slack holds 98");
        refusal.ShouldContain("/incident run too-many input1=…");
    }

    private static string Asking(string name, int many) =>
        $"runbook: {name}\nsummary: Asks a lot\ninputs:\n"
        + string.Concat(Enumerable.Range(1, many).Select(number => $"  input{number}: {{ type: string, required: true }}\n"))
        + $"steps:\n  - id: tell\n    uses: incident/note@1\n    with: {{ text: \"${{{{ inputs.input{many} }}}}\" }}\n";
}
