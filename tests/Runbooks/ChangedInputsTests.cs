using System.Text.Json;
using Runbooks.Planning;
using Runbooks.Running;
using Runbooks.Testing;
using static Tests.Runbooks.Bench;

namespace Tests.Runbooks;

/// <summary>What was begun with inputs that were changed since is judged, asked about and undone by those.</summary>
public sealed class ChangedInputsTests
{
    private const string Book = """
        runbook: r
        inputs: { host: { default: web-1 } }
        steps:
          - id: act
            uses: test/once@1
            with: { what: "${{ inputs.host }}" }
            undo: { uses: test/once@1, with: { what: "no ${{ inputs.host }}" }, approve: {} }
          - { id: gate, approve: {} }
          - { id: next, uses: test/once@1, with: { what: "${{ inputs.host }}" }, approve: {} }
        """;

    [Fact]
    public void The_undo_goes_by_what_the_step_was_begun_with_and_the_next_step_by_the_new() =>
        Passes(
            Book,
            """
            test: r
            cases:
              - name: c
                clicks:
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                  - { step: gate, decision: approve, by: anna }
                  - { step: "", decision: stop-and-undo, by: carl }
                expect:
                  run: waiting
                  effects: { act: 1 }
                  timeline: [ "Step next waits for approval: *web-2*", "Step act.undo waits for approval: *no web-1*" ]
            """
        );

    [Fact]
    public void People_are_asked_about_what_the_attempt_was_begun_with() =>
        Passes(
            Book,
            """
            test: r
            cases:
              - name: c
                answers: { act: { fault: reset-after-send } }
                clicks:
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                  - { step: "", decision: stop-and-undo, by: carl }
                expect:
                  run: waiting
                  timeline: [ "*did it happen? *web-1*" ]
            """
        );

    [Fact]
    public void An_attempt_that_was_lost_is_asked_about_before_the_step_is_done_with_other_inputs() =>
        Passes(
            Retried,
            """
            test: r
            cases:
              - name: c
                answers: { act: { fault: reset-after-send } }
                clicks:
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                  - { step: act, decision: retry, by: carl }
                expect:
                  run: waiting
                  effects: { act: 1 }
                  timeline: [ "Nobody knows whether step act happened: *web-1*; its inputs were changed since." ]
            """
        );

    [Fact]
    public void Once_it_is_known_that_it_did_not_happen_the_step_is_done_with_the_new_ones() =>
        Passes(
            Retried,
            """
            test: r
            cases:
              - name: c
                answers: { act: [ { fault: reset-after-send }, {} ] }
                clicks:
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                  - { step: act, decision: retry, by: carl }
                  - { step: act, decision: run-again, by: anna }
                  - { step: "", decision: stop-and-undo, by: carl }
                expect:
                  run: waiting
                  effects: { act: 2 }
                  timeline: [ "Nobody knows*web-1*", "Step act.undo waits for approval: *no web-2*" ]
            """
        );

    // Who says "try it again" has perhaps not looked.
    [Fact]
    public void To_try_it_again_is_no_answer_to_the_question_whether_it_happened()
    {
        var asked = Passes(
            Retried,
            """
            test: r
            cases:
              - name: c
                answers: { act: { fault: reset-after-send } }
                clicks:
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                  - { step: act, decision: retry, by: carl }
                  - { step: act, decision: retry, by: anna }
                expect: { run: waiting, effects: { act: 1 } }
            """
        );

        asked.Events.ShouldContain(one => one.Text.EndsWith("Look, then decide 'happened' or, if it did not, 'run-again'."));
        Choices(Retried, asked, "act")
            .ShouldBe([RunDecision.Happened, RunDecision.RunAgain, RunDecision.Skip, RunDecision.Stop, RunDecision.StopAndUndo]);
        Refusal(Retried, asked, new DecisionMade("act", RunDecision.DoneByHand, "anna", Reason: "at the console"))
            .ShouldBe(
                "Attempt 1 of the step 'act' was begun with other inputs, and may have changed something. "
                    + "Look, then decide 'happened' or, if it did not, 'run-again'."
            );
    }

    [Fact]
    public void Nothing_is_tried_again_while_people_are_asked_to_approve_it_anew()
    {
        var asked = Passes(
            Approved,
            """
            test: r
            cases:
              - name: c
                answers: { act: { fault: reset-after-send } }
                clicks:
                  - { step: act, decision: approve, by: anna }
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                  - { step: act, decision: run-again, by: anna }
                  - { step: act, decision: retry, by: anna, after: 1m }
                expect: { run: waiting, effects: { act: 1 } }
            """
        );

        asked.Events.ShouldContain(one => one.Text.EndsWith("The step 'act' waits for approval; 'retry' does not fit."));
        Choices(Approved, asked, "act").ShouldBe([RunDecision.Approve, RunDecision.Deny, RunDecision.DoneByHand]);
    }

    // By hand, once it is known that nothing of the first attempt is there.
    [Fact]
    public void What_a_person_did_by_hand_is_undone_by_the_inputs_that_they_did_it_with()
    {
        var played = Passes(
            Approved,
            """
            test: r
            cases:
              - name: c
                answers: { act: { fault: reset-after-send }, next: { fault: refused } }
                clicks:
                  - { step: act, decision: approve, by: anna }
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                  - { step: act, decision: run-again, by: anna }
                  - { step: act, decision: done-by-hand, by: anna, reason: at the console }
                  - { step: act.undo, decision: deny, by: anna }
                expect:
                  run: failed
                  steps: { act: success, act.undo: failure }
                  timeline: [ "Step act waits for approval: once web-2 (undo*no web-2)", "Step act.undo waits for approval: *no web-2" ]
            """
        );

        played.Run!.LeftBehind.ShouldContain(left => left.StartsWith("act: success, its undo: failure"));
    }

    [Fact]
    public void What_a_person_did_by_hand_and_the_check_does_not_see_is_asked_about_with_the_inputs_that_they_did_it_with() =>
        Passes(
            Checked,
            """
            test: r
            cases:
              - name: c
                answers: { act: { fault: reset-after-send }, act.check: { outputs: { there: false } }, next: { fault: refused } }
                clicks:
                  - { step: act, decision: approve, by: anna }
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                  - { step: act, decision: run-again, by: anna }
                  - { step: act, decision: done-by-hand, by: anna, reason: at the console }
                  - { step: act, decision: happened, by: anna }
                expect:
                  run: waiting
                  timeline: [ "*Did it happen? once web-2: anna (at the console) did it by hand*", "Step act.undo waits for approval: *no web-2" ]
            """
        );

    [Fact]
    public void What_nobody_knows_of_a_step_that_was_done_by_hand_is_asked_with_the_inputs_that_they_did_it_with() =>
        Passes(
            Checked,
            """
            test: r
            cases:
              - name: c
                answers: { act: { fault: reset-after-send }, act.check: { outputs: { there: false } } }
                clicks:
                  - { step: act, decision: approve, by: anna }
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                  - { step: act, decision: run-again, by: anna }
                  - { step: act, decision: done-by-hand, by: anna, reason: at the console }
                  - { step: act, decision: stop-and-undo, by: anna }
                  - { step: act.undo, decision: happened, by: anna }
                expect:
                  run: waiting
                  timeline: [ "*Before it is undone: did it happen? once web-2: stopped, to be undone, by anna*", "Step act.undo waits for approval: *no web-2" ]
            """
        );

    [Fact]
    public void What_was_done_already_with_the_new_inputs_is_not_undone()
    {
        var played = Passes(
            Checked.Replace("authoritative: false", "first: true", StringComparison.Ordinal),
            """
            test: r
            cases:
              - name: c
                answers:
                  act: { fault: reset-after-send }
                  act.check:
                    - { outputs: { there: false } }
                    - { outputs: { there: false } }
                    - { outputs: { there: false } }
                    - { outputs: { there: true } }
                  next: { fault: refused }
                clicks:
                  - { step: act, decision: approve, by: anna }
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                  - { step: act, decision: run-again, by: anna }
                  - { step: act, decision: approve, by: anna }
                expect: { run: failed, steps: { act: skipped }, effects: { act: 1, act.undo: 0 } }
            """
        );

        played.Run!.LeftBehind.ShouldNotContain(left => left.StartsWith("act:"));
    }

    [Fact]
    public void What_did_not_happen_is_not_left_behind()
    {
        var played = Passes(
            Approved,
            """
            test: r
            cases:
              - name: c
                answers: { act: { fault: reset-after-send } }
                clicks:
                  - { step: act, decision: approve, by: anna }
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                  - { step: act, decision: run-again, by: anna }
                  - { decision: stop, by: anna, after: 1m }
                expect: { run: cancelled, effects: { act: 1 } }
            """
        );

        played.Run!.LeftBehind.ShouldBeEmpty();
    }

    // It may have changed something all the same, and only the last attempt is undone.
    [Fact]
    public void An_attempt_that_was_refused_is_asked_about_before_the_step_is_done_with_other_inputs() =>
        Passes(
            Retried,
            """
            test: r
            cases:
              - name: c
                answers: { act: [ { fault: refused, because: exit code 7 }, {} ] }
                clicks:
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                  - { step: act, decision: retry, by: carl }
                  - { step: act, decision: happened, by: anna }
                  - { step: "", decision: stop-and-undo, by: carl, after: 1m }
                expect:
                  run: waiting
                  effects: { act: 1 }
                  timeline:
                    - "Nobody knows whether step act happened: *web-1: exit code 7; its inputs were changed since."
                    - "Step act.undo waits for approval: *no web-1*"
            """
        );

    [Fact]
    public void Of_one_that_was_refused_and_did_not_happen_nothing_is_undone()
    {
        var played = Passes(
            Retried,
            """
            test: r
            cases:
              - name: c
                answers: { act: [ { fault: refused }, {} ] }
                clicks:
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                  - { step: act, decision: retry, by: carl }
                  - { step: act, decision: run-again, by: anna }
                  - { step: "", decision: stop-and-undo, by: carl, after: 1m }
                  - { step: act.undo, decision: approve, by: anna }
                expect: { run: cancelled, effects: { act: 2, act.undo: 1 }, timeline: [ "Step act.undo waits for approval: *no web-2*" ] }
            """
        );

        played.Events.Count(one => one.Text.StartsWith("Nobody knows")).ShouldBe(1);
        played.Run!.LeftBehind.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("reset-after-send")]
    public void Nothing_is_done_by_hand_before_it_is_known_what_came_of_an_attempt_with_other_inputs(string fault)
    {
        var played = Passes(
            Retried,
            $$"""
            test: r
            cases:
              - name: c
                answers: { act: { fault: {{fault}} } }
                clicks:
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                expect: { run: waiting }
            """
        );

        Refusal(Retried, played, new DecisionMade("act", RunDecision.DoneByHand, "anna", Reason: "at the console"))
            .ShouldBe(
                "Attempt 1 of the step 'act' was begun with other inputs, and may have changed something. "
                    + "People are asked about that first; 'retry' has them asked now."
            );
    }

    // Somebody who still acts stands in the question; whoever answers it has read that.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_each_attempt_with_other_inputs_is_asked_once_whoever_may_still_act(bool refusedBefore)
    {
        var books = Books(Read(Retried));
        var last = refusedBefore ? 2 : 1;
        var state = Evolved(
            null,
            new RunFact.Started("r", "hash", JsonElement.Parse("""{"host":"web-1"}"""), null, null, "user:anna", "one", Epoch: 1),
            new RunFact.GroupStarted("both")
        );
        if (refusedBefore)
            state = Evolved(
                state,
                Begun(1),
                new RunFact.StepEnded("act", 1, StepOutcome.Failure, FailureClass.Refused, null, "no", default(DateTimeOffset))
            );
        state = Evolved(
            state,
            Begun(last),
            new RunFact.ProcessesLeft("act", last, "these could not be ended: 7 sleep") { MayAct = true },
            new RunFact.StepEnded("act", last, StepOutcome.Unknown, FailureClass.Unknown, null, "lost", null),
            new RunFact.InputsChanged("carl", "wrong host", JsonElement.Parse("""{"host":"web-2"}""")),
            new RunFact.StepWaits("act", WaitKind.Unknown, "asked", [], "Did it happen?", null, null)
        );

        Answered(last);
        if (refusedBefore)
        {
            state = Evolved(state, Turn().Facts.OfType<RunFact.StepWaits>().Single(wait => wait.Step is "act"));
            Answered(1);
            state.Steps["act"].Attempts[0].Class.ShouldBe(FailureClass.Refused, "its answer was never lost");
        }

        Turn().Facts.OfType<RunFact.StepStarted>().Single().Step.ShouldBe("act");

        void Answered(int number)
        {
            state = Evolved(state, new RunFact.Decided("act", RunDecision.RunAgain, "anna", null, state.WaitAt("act")!.Hash, null));
            var ended = Turn().Facts.OfType<RunFact.StepEnded>().Single();
            ended.Number.ShouldBe(number);
            state = Evolved(state, ended);
        }

        static RunFact.StepStarted Begun(int number) => new("act", number, StepEffect.Keyed, "hash", "key", default, null);
        Turn Turn() => Planner.Next(new PlanView(books, Bench.Actions, state, default, 0, null, _ => true, _ => false));
    }

    // In memory a text is escaped as it was made, and from the log as that writes it.
    [Fact]
    public void What_a_gate_is_asked_with_is_the_same_after_a_restart()
    {
        var books = Books(Read("""{ runbook: r, inputs: { host: {} }, steps: [ { id: gate, approve: {} } ] }"""));

        Asked("""{"host":"caf\u00E9+1"}""").ShouldBe(Asked("""{"host":"café+1"}"""));
        Asked("""{"host":"cafe+1"}""").ShouldNotBe(Asked("""{"host":"café+1"}"""));

        string? Asked(string inputs)
        {
            var state = Evolved(
                null,
                new RunFact.Started("r", "hash", JsonElement.Parse("""{"host":"web-1"}"""), null, null, "user:anna", "one", Epoch: 1),
                new RunFact.InputsChanged("carl", "wrong host", JsonElement.Parse(inputs))
            );
            var turn = Planner.Next(new PlanView(books, Bench.Actions, state, default, 0, null, _ => true, _ => false));
            return turn.Facts.OfType<RunFact.StepWaits>().Single().Hash;
        }
    }

    private static RunState Evolved(RunState? state, params IEnumerable<RunFact> facts) =>
        facts.Aggregate(state, (known, fact) => RunState.Evolve("run-1", known, fact, default))!;

    [Theory]
    [InlineData("host: web-2", "run-1/act#1")]
    // The target does the same once more.
    [InlineData("note: hurry", "run-1/act")]
    public void What_is_done_with_other_inputs_has_another_key(string changed, string key)
    {
        var run = Passes(
            Retried,
            $$"""
            test: r
            cases:
              - name: c
                answers: { act: [ { fault: reset-after-send }, {} ] }
                clicks:
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { {{changed}} } }
                  - { step: act, decision: retry, by: carl }
                  - { step: act, decision: run-again, by: anna }
                expect: { run: waiting, effects: { act: 2 } }
            """
        ).Run!;

        run.Steps["act"].Attempts.Select(attempt => attempt.IdempotencyKey!.Replace(run.Id, "run-1")).ShouldBe(["run-1/act", key]);
    }

    [Fact]
    public void A_change_of_nothing_is_none()
    {
        var played = Passes(
            Retried,
            """
            test: r
            cases:
              - name: c
                clicks: [ { step: "", decision: change-inputs, by: carl, reason: none, answers: { } } ]
                expect: { run: waiting }
            """
        );

        played.Events.ShouldContain(one => one.Text.EndsWith("Refused: Give the inputs that change, by name."));
        played.Run!.Former.ShouldBeEmpty();
    }

    [Fact]
    public void The_timeline_says_what_an_input_is_now() =>
        Passes(
            Retried,
            """
            test: r
            cases:
              - name: c
                inputs: { host: web-3 }
                clicks: [ { step: "", decision: change-inputs, by: carl, reason: back, answers: { host: null, extra: null } } ]
                expect: { run: waiting, timeline: [ "carl changed inputs from here on (host: web-1, extra: nothing): back" ] }
            """
        );

    // What comes after a gate goes by the inputs, and who opens it agrees to that.
    [Fact]
    public void A_gate_is_asked_anew_when_inputs_change()
    {
        var gated = Book.Replace("gate, approve: {}", "gate, approve: { need: 2 }", StringComparison.Ordinal);
        var played = Passes(
            gated,
            """
            test: r
            cases:
              - name: c
                clicks:
                  - { step: gate, decision: approve, by: anna }
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                  - { step: gate, decision: approve, by: ben }
                expect: { run: waiting, effects: { next: 0 } }
            """
        );

        var asked = Waits(played, "gate");
        asked.Count.ShouldBe(2);
        played.Run!.Steps["gate"].Outcome.ShouldBe(StepOutcome.Waiting);
        Refusal(gated, played, new DecisionMade("gate", RunDecision.Approve, "dora", asked[0].Hash))!
            .ShouldEndWith("It is asked anew: look at it again.");
        Refusal(gated, played, new DecisionMade("gate", RunDecision.Approve, "dora", asked[1].Hash)).ShouldBeNull();
    }

    [Fact]
    public void A_gate_of_a_called_runbook_has_the_inputs_that_it_was_called_with()
    {
        var played = Passes(
            """
            runbook: r
            inputs: { host: { default: web-1 } }
            steps: [ { id: call, runbook: other } ]
            """,
            """
            test: r
            cases:
              - name: c
                clicks: [ { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } } ]
                expect: { run: waiting }
            """,
            "runbook: other\nsteps: [ { id: gate, approve: {} } ]"
        );

        Waits(played, "call/gate").ShouldHaveSingleItem();
    }

    [Fact]
    public void Inputs_stay_as_they_are_once_a_gate_was_approved() =>
        Passes(
            Book,
            """
            test: r
            cases:
              - name: c
                clicks:
                  - { step: gate, decision: approve, by: anna }
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 }, after: 1m }
                expect: { run: waiting, timeline: [ "Step next waits for approval: once web-1" ] }
            """
        )
            .Events.ShouldContain(one =>
                one.Text.EndsWith(
                    "Refused: 'gate' was approved with the inputs as they are, and what comes after it goes by them. Stop the run, and start another one."
                )
            );

    [Fact]
    public void A_gate_with_nothing_after_it_holds_no_inputs() =>
        Passes(
            """
            runbook: r
            inputs: { host: { default: web-1 } }
            steps: [ { id: both, parallel: [ { id: gate, approve: {} }, { id: other, ask: { text: "Go?", inputs: { go: {} } } } ] } ]
            """,
            """
            test: r
            cases:
              - name: c
                clicks:
                  - { step: gate, decision: approve, by: anna }
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 }, after: 1m }
                expect: { run: waiting, timeline: [ "carl changed inputs from here on (host: web-2): wrong host" ] }
            """
        );

    [Fact]
    public void A_question_is_asked_anew_when_inputs_change_and_its_answer_holds()
    {
        var played = Passes(
            Asking,
            """
            test: r
            cases:
              - name: c
                clicks:
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                expect: { run: waiting, timeline: [ "Step sure asks: Delete web-1?", "Step sure asks: Delete web-2?" ] }
            """
        );

        var asked = Waits(played, "sure");
        Refusal(Asking, played, new DecisionMade("sure", RunDecision.Answer, "anna", asked[0].Hash)).ShouldBe(DecisionRule.AskedAnew);
        Refusal(Asking, played, new DecisionMade("sure", RunDecision.Answer, "anna", asked[1].Hash)).ShouldBeNull();
        Passes(
            Asking,
            """
            test: r
            cases:
              - name: c
                clicks:
                  - { step: sure, decision: answer, by: anna, answers: { why: old } }
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                expect: { run: waiting, timeline: [ "Step next waits for approval: once web-2 old" ] }
            """
        );
    }

    // Between a click and the moment when the run's process sees it somebody else may change the inputs.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_answer_is_to_what_was_asked_when_it_was_given(bool answeredFirst)
    {
        var books = Books(Read(Asking));
        var before = JsonElement.Parse("""{"host":"web-1"}""");
        RunFact.Started started = new("r", books.Root.Hash, before, null, null, "user:carl", "one", Epoch: 1);
        var begun = RunState.Evolve("run-1", null, started, default);
        var asks = Plan(begun).OfType<RunFact.StepWaits>().ShouldHaveSingleItem();
        var answered = new RunFact.Decided(
            "sure",
            RunDecision.Answer,
            "user:anna",
            null,
            asks.Hash,
            JsonElement.Parse("""{"why":"old"}""")
        );
        var changed = new RunFact.InputsChanged("user:carl", null, JsonElement.Parse("""{"host":"web-2"}"""));
        RunFact[] facts = answeredFirst ? [asks, answered, changed] : [asks, changed, answered];

        var next = Plan(facts.Aggregate(begun, (run, fact) => RunState.Evolve("run-1", run, fact, default)));

        if (answeredFirst)
            next.OfType<RunFact.StepEnded>().ShouldHaveSingleItem().Because.ShouldBe("answered by user:anna");
        else
            next.OfType<RunFact.StepWaits>().ShouldHaveSingleItem().Text.ShouldBe("Delete web-2?");

        IReadOnlyList<RunFact> Plan(RunState run) =>
            Planner.Next(new PlanView(books, Bench.Actions, run, default, 0, null, _ => false, _ => false)).Facts;
    }

    private static List<RunFact.StepWaits> Waits(CaseResult played, string step) =>
        [.. played.Events.Select(one => one.Fact).OfType<RunFact.StepWaits>().Where(waits => waits.Step == step)];

    private static string? Refusal(string book, CaseResult played, DecisionMade made) =>
        DecisionRule.Refusal(Books(Read(book)), played.Run!, made);

    private static IReadOnlyList<RunDecision> Choices(string book, CaseResult played, string step) =>
        DecisionRule.Choices(Books(Read(book)), played.Run!, step);

    private const string Approved = """
        runbook: r
        inputs: { host: { default: web-1 } }
        steps:
          - id: act
            uses: test/once@1
            with: { what: "${{ inputs.host }}" }
            approve: {}
            undo: { uses: test/once@1, with: { what: "no ${{ inputs.host }}" }, approve: {} }
          - { id: next, uses: test/once@1 }
        """;

    private const string Asking = """
        runbook: r
        inputs: { host: { default: web-1 } }
        steps:
          - { id: sure, ask: { text: "Delete ${{ inputs.host }}?", inputs: { why: { required: true } } } }
          - { id: next, uses: test/once@1, with: { what: "${{ inputs.host }} ${{ steps.sure.outputs.why }}" }, approve: {} }
        """;

    private const string Checked = """
        runbook: r
        inputs: { host: { default: web-1 } }
        steps:
          - id: act
            uses: test/once@1
            with: { what: "${{ inputs.host }}" }
            approve: {}
            check: { uses: test/read@1, with: { what: "${{ inputs.host }}" }, done-when: result.there, authoritative: false }
            undo: { uses: test/once@1, with: { what: "no ${{ inputs.host }}" }, approve: {} }
          - { id: next, uses: test/once@1 }
        """;

    private const string Retried = """
        runbook: r
        inputs: { host: { default: web-1 }, note: { default: none }, extra: {} }
        steps:
          - id: both
            parallel:
              - { id: gate, approve: {} }
              - id: act
                uses: test/keyed@1
                with: { what: "${{ inputs.host }}" }
                retry: { attempts: 2, delay: 2h, max-delay: 2h, jitter: none, on: [refused] }
                undo: { uses: test/once@1, with: { what: "no ${{ inputs.host }}" }, approve: {} }
        """;
}
