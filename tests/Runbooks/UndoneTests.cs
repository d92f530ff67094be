using Runbooks.Planning;
using Runbooks.Running;
using static Tests.Runbooks.Bench;

namespace Tests.Runbooks;

/// <summary>What was undone is not done any more, and what was not undone is named.</summary>
public sealed class UndoneTests
{
    private const string Two = """
        runbook: r
        steps:
          - { id: a, uses: test/once@1, undo: { uses: test/once@1 } }
          - { id: b, uses: test/once@1, undo: { uses: test/once@1 } }
        """;

    [Theory]
    [InlineData("", "outputs: { gone: false }", "", "{ a.undo: 1, b.undo: 1 }")]
    [InlineData(
        "a.undo: { fault: reset-after-send },",
        "outputs: { gone: false }",
        "{ step: a.undo, decision: stop, by: anna }",
        "{ a.undo: 1 }"
    )]
    [InlineData("", "outputs: { gone: true }", "", "{ a.undo: 0 }")]
    public void A_run_does_not_go_on_after_what_was_undone_or_may_be(string undo, string look, string click, string effects)
    {
        const string runbook = """
            runbook: r
            steps:
              - id: a
                uses: test/once@1
                undo: { uses: test/once@1, check: { uses: test/read@1, first: true, done-when: result.gone } }
              - { id: b, uses: test/once@1, undo: { uses: test/once@1 } }
            """;
        var run = Passes(
            runbook,
            $$"""
            test: r
            cases:
              - name: c
                answers: { {{undo}} b: { fault: refused }, a.undo.check: { {{look}} } }
                clicks: [ {{click}} ]
                expect: { run: failed, effects: {{effects}} }
            """
        ).Run!;
        var books = Books(Read(runbook));

        DecisionRule
            .Refusal(books, run, new DecisionMade("b", RunDecision.Retry, "anna"))
            .ShouldBe("'b' comes after 'a', which was undone, or may be. Go on from 'a', which does it again.");
        DecisionRule.Choices(books, run, "b").ShouldBeEmpty();
        DecisionRule.GoesOnFrom(books, run).ShouldBe(["a"]);
    }

    [Fact]
    public void What_was_undone_is_done_again_and_undone_again()
    {
        var result = Passes(
            Two,
            """
            test: r
            cases:
              - name: c
                answers: { b: { fault: refused }, b.undo: [ { outputs: { ok: true } }, { fault: refused } ] }
                clicks: [ { step: a, decision: retry, by: anna } ]
                expect: { run: failed, effects: { a: 2, b: 2, a.undo: 1, b.undo: 2 } }
            """
        );

        result.Run!.LeftBehind.Select(left => left.Split(':')[0]).ShouldBe(["a", "b"]);
    }

    [Theory]
    [InlineData("fault: refused", "attempt 1, from before the run went on, was not undone")]
    [InlineData("outputs: { ok: true }", null)]
    public void What_was_not_undone_before_the_run_went_on_is_named_until_the_end(string first, string? told)
    {
        var result = Passes(
            """
            runbook: r
            steps:
              - { id: a, uses: test/once@1, undo: { uses: test/once@1 } }
              - { id: b, uses: test/once@1 }
            """,
            $$"""
            test: r
            cases:
              - name: c
                answers: { a.undo: [ { {{first}} }, { outputs: { ok: true } }, { outputs: { ok: true } } ], b: { fault: not-sent } }
                clicks: [ { step: a, decision: retry, by: anna }, { step: a, decision: retry, by: anna } ]
                expect: { run: failed, effects: { a: 3, a.undo: 3 } }
            """
        );

        result.Run!.LeftBehind.ShouldBe(told is null ? [] : ["a: " + told]);
        result
            .Run.Because.ShouldNotBeNull()
            .ShouldContain(told is null ? "; what it had started was undone" : "; not all that it had started");
    }

    [Fact]
    public void Who_has_undone_it_by_hand_has_taken_back_what_stood_before_too()
    {
        var result = Passes(
            """
            runbook: r
            steps:
              - { id: a, uses: test/once@1, undo: { uses: test/once@1, approve: true } }
              - { id: b, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { b: { fault: not-sent } }
                clicks:
                  - { step: a.undo, decision: deny, by: ben }
                  - { step: a, decision: retry, by: anna }
                  - { step: a.undo, decision: done-by-hand, by: ben, reason: pulled both }
                expect: { run: failed, effects: { a: 2, a.undo: 0 } }
            """
        );

        result.Run!.LeftBehind.ShouldBeEmpty();
    }

    [Fact]
    public void What_was_refused_before_the_run_went_on_is_not_left_once_the_step_is_undone()
    {
        var result = Passes(
            Two,
            """
            test: r
            cases:
              - name: c
                answers:
                  a: [ { fault: refused }, { outputs: { ok: true } } ]
                  a.undo: [ { fault: refused }, { outputs: { ok: true } } ]
                  b: { fault: not-sent }
                clicks: [ { step: a, decision: retry, by: anna } ]
                expect: { run: failed, effects: { a: 2, a.undo: 2 } }
            """
        );

        result.Run!.LeftBehind.ShouldBeEmpty();
    }

    [Fact]
    public void What_was_in_doubt_and_is_the_same_if_done_twice_is_undone_with_what_was_done_next()
    {
        var result = Passes(
            """
            runbook: r
            steps:
              - { id: a, uses: test/keyed@1, undo: { uses: test/once@1 } }
              - { id: b, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { a: [ { fault: reset-after-send }, { fault: not-sent }, { outputs: { ok: true } } ], b: { fault: not-sent } }
                clicks:
                  - { step: a, decision: stop, by: anna }
                  - { step: a, decision: retry, by: anna }
                expect: { run: failed, effects: { a.undo: 1 } }
            """
        );

        result.Run!.LeftBehind.ShouldBeEmpty();
    }

    [Fact]
    public void Of_a_list_that_has_changed_an_item_that_was_not_undone_stays_named()
    {
        var result = Passes(
            """
            runbook: r
            steps:
              - { id: look, uses: test/read@1 }
              - { id: t, for-each: "${{ steps.look.outputs.list }}", uses: test/once@1, undo: { uses: test/once@1 } }
              - { id: b, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers:
                  look: [ { outputs: { list: [a, b] } }, { outputs: { list: [a] } } ]
                  "t[0].undo": [ { fault: refused }, { outputs: { ok: true } } ]
                  b: { fault: not-sent }
                clicks: [ { step: look, decision: retry, by: anna } ]
                expect: { run: failed, effects: { "t[0]": 2, "t[1]": 1, "t[0].undo": 2, "t[1].undo": 1 } }
            """
        );

        result.Run!.LeftBehind.ShouldBe(["t[0]: attempt 1, from before the run went on, was not undone"]);
    }

    [Theory]
    [InlineData("happened", "anna decided that step b happened: looked", "Undo of step b goes on: anna (looked) says that step b happened")]
    [InlineData("did-not-happen", "anna decided that step b did not happen: looked", "Undo of step b was skipped: *")]
    [InlineData("skip", "anna decided to leave step b as it is: looked", "Undo of step b was skipped: *")]
    [InlineData("done-by-hand", "anna decided that step b was undone by hand: looked", "Undo of step b succeeded: *")]
    [InlineData("stop", "anna decided on the undo of step b, before it began: stop: looked", "Undo of step b: cancelled: *")]
    public void What_is_decided_before_an_undo_is_told_of_its_step(string decision, string decided, string then) =>
        Passes(
            Two,
            $$"""
            test: r
            cases:
              - name: c
                answers: { b: { fault: reset-after-send } }
                clicks: [ { step: b, decision: stop-and-undo, by: anna }, { step: b.undo, decision: {{decision}}, by: anna, reason: looked } ]
                expect:
                  run: failed
                  timeline: [ "Nobody knows whether step b happened: Before it is undone: did it happen? *", "{{decided}}", "{{then}}" ]
            """
        );

    [Fact]
    public void What_came_of_an_undo_is_not_told_of_its_step() =>
        Passes(
            Two,
            """
            test: r
            cases:
              - name: c
                answers: { b: { fault: refused }, b.undo: { fault: reset-after-send } }
                clicks: [ { step: b.undo, decision: happened, by: anna } ]
                expect:
                  run: failed
                  timeline: [ "Nobody knows whether step b.undo happened: *", "anna decided on step b.undo: happened" ]
            """
        );

    [Fact]
    public void Nothing_is_left_of_what_was_undone_before_the_run_went_on()
    {
        var result = Passes(
            Two,
            """
            test: r
            cases:
              - name: c
                answers: { a: [ { outputs: { ok: true } }, { fault: refused } ], b: { fault: refused } }
                clicks: [ { step: a, decision: retry, by: anna } ]
                expect: { run: failed, effects: { a: 2, b: 1, a.undo: 2, b.undo: 1 } }
            """
        );

        result.Run!.LeftBehind.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("outputs: { ok: true }", 2)]
    [InlineData("fault: refused", 1)]
    public void Of_a_list_the_targets_that_were_undone_are_done_again(string undone, int first) =>
        Passes(
            "runbook: r\nsteps: [ { id: t, uses: test/once@1, undo: { uses: test/once@1 }, for-each: [a, b, c] } ]",
            $$"""
            test: r
            cases:
              - name: c
                answers:
                  "t[1]": [ { fault: refused }, { outputs: { ok: true } } ]
                  "t[0].undo": { {{undone}} }
                clicks: [ { step: t, decision: retry, by: anna } ]
                expect: { run: succeeded, effects: { "t[0]": {{first}}, "t[1]": 2, "t[2]": 1 } }
            """
        );

    [Fact]
    public void What_could_not_be_undone_is_tried_again_when_the_run_fails_once_more() =>
        Passes(
            Two,
            """
            test: r
            cases:
              - name: c
                answers: { b: { fault: refused }, b.undo: { outputs: { ok: true } }, a.undo: [ { fault: refused }, { outputs: { ok: true } } ] }
                clicks: [ { step: b, decision: retry, by: anna } ]
                expect: { run: failed, effects: { a: 1, b: 2, a.undo: 2 } }
            """
        );

    [Theory]
    [InlineData("did-not-happen", "says that there is nothing to undo", 0)]
    [InlineData("skip", "left as it is by anna (looked)", 1)]
    public void Who_leaves_a_step_as_it_is_has_not_undone_it(string decision, string told, int left)
    {
        var result = Passes(
            Two,
            $$"""
            test: r
            cases:
              - name: c
                answers: { b: { fault: reset-after-send } }
                clicks: [ { step: b, decision: stop-and-undo, by: anna }, { step: b.undo, decision: {{decision}}, by: anna, reason: looked } ]
                expect: { run: failed, effects: { b.undo: 0, a.undo: 1 }, timeline: [ "*{{told}}*" ] }
            """
        );

        result.Run!.LeftBehind.Count.ShouldBe(left);
    }

    [Fact]
    public void An_undo_of_which_nobody_knows_and_that_is_skipped_is_named()
    {
        var result = Passes(
            Two,
            """
            test: r
            cases:
              - name: c
                answers: { b: { fault: refused }, b.undo: { fault: reset-after-send } }
                clicks: [ { step: b.undo, decision: skip, by: anna, reason: later } ]
                expect: { run: failed, effects: { b.undo: 1, a.undo: 1 }, timeline: [ "*not all that it had started was undone*" ] }
            """
        );

        result.Run!.LeftBehind.ShouldHaveSingleItem().ShouldStartWith("b: failure, its undo: skipped");
    }

    [Fact]
    public void Before_an_undo_nothing_is_run_again()
    {
        var result = Play(
            Two,
            """
            test: r
            cases:
              - name: c
                answers: { b: { fault: reset-after-send } }
                clicks: [ { step: b, decision: stop-and-undo, by: anna }, { step: b.undo, decision: run-again, by: anna } ]
                expect: { run: waiting }
            """
        );

        Told(result).ShouldContain("The step 'b' is to be undone, not run again. If it did not happen, decide 'did-not-happen'.");
    }

    [Fact]
    public void What_an_earlier_version_let_go_on_after_an_undo_is_not_undone_twice()
    {
        var first = Passes(
            Two,
            """
            test: r
            cases: [ { name: c, answers: { b: { fault: refused } }, expect: { run: failed, effects: { a.undo: 1, b.undo: 1 } } } ]
            """
        ).Run!;

        var later = RunState.Evolve(first.Id, first, new RunFact.RetriedFrom("b", "anna", null, ["b"], "one", 2), DateTimeOffset.UnixEpoch);

        later.Steps["a.undo"].Outcome.ShouldBe(StepOutcome.Success);
        later.Steps["b.undo"].IsFresh.ShouldBeTrue();
    }

    [Fact]
    public void Who_says_that_a_step_happened_is_asked_for_the_approval_of_its_undo_next() =>
        Passes(
            "runbook: r\nsteps: [ { id: a, uses: test/once@1, undo: { uses: test/once@1, approve: true } } ]",
            """
            test: r
            cases:
              - name: c
                answers: { a: { fault: reset-after-send } }
                clicks:
                  - { step: a, decision: stop-and-undo, by: anna }
                  - { step: a.undo, decision: happened, by: anna }
                  - { step: a.undo, decision: approve, by: anna }
                expect: { run: failed, steps: { a.undo: success }, effects: { a: 1, a.undo: 1 } }
            """
        );

    [Fact]
    public void A_doubt_about_an_undo_is_over_once_its_step_was_done_again()
    {
        var run = Passes(
            Two,
            """
            test: r
            cases:
              - name: c
                answers: { b: { fault: refused }, a.undo: { fault: reset-after-send }, b.undo: [ { outputs: { ok: true } }, { fault: refused } ] }
                clicks: [ { step: a.undo, decision: stop, by: anna }, { step: a, decision: retry, by: anna } ]
                expect: { run: failed, effects: { a: 2, b: 2, a.undo: 1, b.undo: 2 } }
            """
        ).Run!;
        var books = Books(Read(Two));

        DecisionRule.Refusal(books, run, new DecisionMade("b", RunDecision.Retry, "anna")).ShouldBeNull();
        run.Steps["a"].BeforeRound.ShouldBe(1);
    }

    [Fact]
    public void What_was_undone_is_done_again_under_another_key()
    {
        var run = Passes(
            "runbook: r\nsteps: [ { id: a, uses: test/keyed@1, undo: { uses: test/keyed@1 } } ]",
            """
            test: r
            cases:
              - name: c
                answers: { a: [ { fault: reset-after-send }, { fault: refused }, { outputs: { ok: true } } ] }
                clicks: [ { step: a, decision: retry, by: anna } ]
                expect: { run: succeeded, effects: { a: 3, a.undo: 1 } }
            """
        ).Run!;

        run.Steps["a"].Attempts[^1].IdempotencyKey.ShouldNotBe(run.Steps["a"].Attempts[0].IdempotencyKey);
    }

    [Fact]
    public void A_run_that_is_stopped_while_it_is_asked_before_an_undo_has_not_begun_it() =>
        Passes(
            Two,
            """
            test: r
            cases:
              - name: c
                answers: { b: { fault: reset-after-send } }
                clicks: [ { step: b, decision: stop-and-undo, by: anna }, { decision: stop, by: anna, after: 1m } ]
                expect: { run: cancelled, steps: { b.undo: cancelled }, effects: { b.undo: 0, a.undo: 0 } }
            """
        );

    [Fact]
    public void What_is_asked_of_an_undo_itself_is_another_question() =>
        Passes(
            """
            runbook: r
            steps:
              - id: a
                uses: test/once@1
                undo: { uses: test/once@1, approve: true, check: { uses: test/read@1, done-when: result.gone } }
              - { id: b, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { b: { fault: refused }, a.undo.check: { outputs: { gone: false } } }
                clicks:
                  - { step: a.undo, decision: done-by-hand, by: anna, reason: pulled the plug }
                  - { step: a.undo, decision: run-again, by: anna }
                  - { step: a.undo, decision: approve, by: anna }
                expect: { run: failed, steps: { a.undo: success }, effects: { a.undo: 1 } }
            """
        );

    [Fact]
    public void What_is_run_in_the_end_of_a_called_runbook_is_not_left_behind()
    {
        var result = Passes(
            "runbook: r\nsteps: [ { id: call, runbook: other }, { id: bad, uses: test/read@1 } ]",
            """
            test: r
            cases: [ { name: c, answers: { bad: { fault: refused } }, expect: { run: failed, effects: { call/last: 1 } } } ]
            """,
            """
            runbook: other
            steps: [ { id: work, uses: test/once@1 } ]
            finally: [ { id: both, parallel: [ { id: last, uses: test/once@1 } ] } ]
            """
        );

        result.Run!.LeftBehind.ShouldHaveSingleItem().ShouldStartWith("call/work");
    }
}
