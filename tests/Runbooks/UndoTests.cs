namespace Tests.Runbooks;

/// <summary>What was started is undone in reverse order; what is not known is resolved first.</summary>
public sealed class UndoTests
{
    private const string Three = """
        runbook: r
        steps:
          - { id: a, uses: test/once@1, undo: { uses: test/once@1 } }
          - { id: b, uses: test/once@1, undo: { uses: test/once@1 } }
          - { id: c, uses: test/once@1, undo: { uses: test/once@1 }, check: { uses: test/read@1, done-when: result.done } }
        finally: [ { id: tell, uses: test/once@1 } ]
        """;

    private const string Compared = """
        runbook: r
        steps:
          - id: a
            uses: test/once@1
            effect: idempotent
            i-accept: a test
            retry: { attempts: 2, delay: 1s }
            before: { uses: test/read@1 }
            check: { uses: test/read@1, settle: 0s, done-when: result.n > before.n, authoritative: true }
            undo: { uses: test/once@1 }
        """;

    [Fact]
    public void A_run_that_fails_undoes_what_was_started_in_reverse_order()
    {
        var result = Passes(
            Three,
            """
            test: r
            cases:
              - name: c
                answers: { c: { fault: refused } }
                expect: { run: failed, effects: { a.undo: 1, b.undo: 1, c.undo: 1, tell: 1 } }
            """
        );

        result
            .Events.Where(one =>
                one.Text.StartsWith("Undo of step", StringComparison.Ordinal) && one.Text.EndsWith(" started", StringComparison.Ordinal)
                || one.Text is "Step tell started"
            )
            .Select(one => one.Text)
            .ShouldBe(["Undo of step c started", "Undo of step b started", "Undo of step a started", "Step tell started"]);
    }

    [Fact]
    public void What_was_never_sent_is_not_undone() =>
        Passes(
            Three,
            """
            test: r
            cases:
              - name: c
                answers: { c: { fault: not-sent } }
                expect: { run: failed, effects: { c.undo: 0, b.undo: 1, a.undo: 1 } }
            """
        );

    [Theory]
    [InlineData("true", "", 1)]
    [InlineData("false", "{ step: c.undo, decision: happened, by: anna, reason: looked }", 1)]
    [InlineData("false", "{ step: c.undo, decision: did-not-happen, by: anna, reason: looked }", 0)]
    public void An_unknown_step_is_looked_at_anew_before_it_is_undone_and_asked_about_only_if_that_does_not_resolve_it(
        string done,
        string answer,
        int undone
    ) =>
        Passes(
            Three,
            $$"""
            test: r
            cases:
              - name: c
                answers: { c: { fault: reset-after-send }, c.check: [ { outputs: { done: false } }, { outputs: { done: {{done}} } } ] }
                clicks: [ { step: c, decision: stop-and-undo, by: anna }, {{answer}} ]
                expect: { run: failed, effects: { c: 1, c.undo: {{undone}}, b.undo: 1, a.undo: 1 } }
            """
        );

    [Fact]
    public void A_step_in_doubt_that_was_skipped_is_looked_at_before_it_is_undone() =>
        Passes(
            """
            runbook: r
            steps:
              - id: a
                uses: test/once@1
                skip-allowed: true
                undo: { uses: test/once@1 }
                check: { uses: test/read@1, settle: 0s, done-when: result.done, authoritative: true }
              - { id: b, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { a: { fault: reset-after-send }, a.check: { outputs: { done: false } }, b: { fault: refused } }
                clicks: [ { step: a, decision: skip, by: anna, reason: looked } ]
                expect: { run: failed, steps: { a.undo: skipped }, effects: { a: 2, a.check: 3, a.undo: 0 } }
            """
        );

    [Fact]
    public void A_run_that_is_stopped_to_be_undone_looks_anew_too() =>
        Passes(
            Three,
            """
            test: r
            cases:
              - name: c
                answers: { c: { fault: reset-after-send }, c.check: [ { outputs: { done: false } }, { outputs: { done: true } } ] }
                clicks: [ { step: "", decision: stop-and-undo, by: anna } ]
                expect: { run: cancelled, effects: { c: 1, c.check: 2, c.undo: 1, b.undo: 1, a.undo: 1 } }
            """
        );

    [Fact]
    public void What_is_undone_is_the_attempt_in_doubt_and_not_one_that_got_nowhere() =>
        Passes(
            Compared,
            """
            test: r
            cases:
              - name: c
                answers:
                  a: [ { fault: reset-after-send }, { fault: not-sent } ]
                  a.before: [ { outputs: { n: 1 } }, { outputs: { n: 2 } } ]
                  a.check: [ { fault: refused }, { fault: refused }, { fault: refused }, { outputs: { n: 2 } } ]
                clicks: [ { step: a, decision: stop-and-undo, by: anna } ]
                expect: { run: failed, effects: { a: 1, a.undo: 1 } }
            """
        );

    [Fact]
    public void An_attempt_that_was_answered_is_undone_whatever_was_lost_before_it() =>
        Passes(
            """
            runbook: r
            steps:
              - id: a
                uses: test/once@1
                effect: idempotent
                i-accept: a test
                retry: { attempts: 2, delay: 1s }
                verify: true
                check: { uses: test/read@1, settle: 0s, done-when: result.done, authoritative: true }
                undo: { uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { a: [ { fault: reset-after-send }, { outputs: { ok: true } } ], a.check: { outputs: { done: false } } }
                expect: { run: failed, effects: { a: 2, a.undo: 1 } }
            """
        );

    [Fact]
    public void Of_two_attempts_that_were_lost_a_check_does_not_say_that_none_happened() =>
        Passes(
            Compared,
            """
            test: r
            cases:
              - name: c
                answers:
                  a: { fault: reset-after-send }
                  a.before: { outputs: { n: 1 } }
                  a.check: { outputs: { n: 1 } }
                clicks: [ { step: a, decision: stop-and-undo, by: anna }, { step: a.undo, decision: happened, by: anna } ]
                expect: { run: failed, effects: { a.undo: 1 }, timeline: [ "*the check does not see its effect*" ] }
            """
        );

    [Theory]
    [InlineData("refused", "success", "what it had started was not undone")]
    [InlineData("success", "refused", "not all that it had started was undone")]
    [InlineData("success", "success", "what it had started was undone")]
    public void The_end_says_how_much_was_undone(string last, string first, string said) =>
        Passes(
            Three,
            $$"""
            test: r
            cases:
              - name: c
                answers: { c: { fault: refused }, c.undo: {{Answer(last)}}, b.undo: {{Answer(first)}} }
                expect: { run: failed, timeline: [ "*; {{said}}, see the steps*" ] }
            """
        );

    private static string Answer(string outcome) => outcome is "refused" ? "{ fault: refused }" : "{ outputs: { ok: true } }";

    [Fact]
    public void Stopping_alone_undoes_nothing_and_stop_and_undo_does() =>
        Passes(
            """
            runbook: r
            steps: [ { id: a, uses: test/once@1, undo: { uses: test/once@1 } }, { id: hold, approve: { need: 1 } } ]
            """,
            """
            test: r
            cases:
              - name: c
                clicks: [ { step: "", decision: stop, by: anna } ]
                expect: { run: cancelled, effects: { a.undo: 0 } }
            """,
            """
            test: r
            cases:
              - name: c
                clicks: [ { step: "", decision: stop-and-undo, by: anna } ]
                expect: { run: cancelled, effects: { a.undo: 1 } }
            """
        );

    [Fact]
    public void An_undo_that_fails_stops_the_undoing() =>
        Passes(
            Three,
            """
            test: r
            cases:
              - name: c
                answers: { c: { fault: refused }, b.undo: { fault: refused } }
                expect: { run: failed, effects: { c.undo: 1, b.undo: 1, a.undo: 0, tell: 1 } }
            """
        );

    [Fact]
    public void An_undo_may_need_an_approval() =>
        Passes(
            """
            runbook: r
            steps:
              - { id: a, uses: test/once@1, undo: { uses: test/once@1, approve: { need: 1 } } }
              - { id: b, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { b: { fault: refused } }
                expect: { run: waiting, effects: { a.undo: 0 }, waiting: { a.undo: approval } }
            """
        );

    [Fact]
    public void Success_is_verified_by_the_check() =>
        Passes(
            """
            runbook: r
            steps: [ { id: a, uses: test/once@1, verify: true, check: { uses: test/read@1, settle: 20s, done-when: result.done } } ]
            """,
            """
            test: r
            cases:
              - name: c
                answers: { a.check: [ { outputs: { done: false } }, { outputs: { done: true } } ] }
                expect: { run: succeeded, effects: { a: 1, a.check: 2 } }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { a.check: { outputs: { done: false } } }
                expect: { run: failed, effects: { a: 1, a.check: 2 }, timeline: [ "*it succeeded, but its check does not see the effect" ] }
            """
        );

    [Fact]
    public void What_is_done_already_is_skipped() =>
        Passes(
            """
            runbook: r
            steps: [ { id: a, uses: test/once@1, check: { uses: test/read@1, first: true, done-when: result.done } } ]
            """,
            """
            test: r
            cases:
              - name: c
                answers: { a.check: { outputs: { done: true } } }
                expect: { run: succeeded, steps: { a: skipped }, effects: { a: 0 } }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { a.check: { outputs: { done: false } } }
                expect: { run: succeeded, steps: { a: success }, effects: { a: 1 } }
            """
        );

    [Fact]
    public void What_was_done_while_people_were_asked_is_not_done_again() =>
        Passes(
            """
            runbook: r
            steps: [ { id: a, uses: test/once@1, approve: { need: 2 }, check: { uses: test/read@1, first: true, done-when: result.done } } ]
            """,
            """
            test: r
            cases:
              - name: nobody is asked for what is done
                answers: { a.check: { outputs: { done: true } } }
                expect: { run: succeeded, steps: { a: skipped }, effects: { a: 0, a.check: 1 } }
            """,
            """
            test: r
            cases:
              - name: done by somebody else meanwhile
                answers: { a.check: [ { outputs: { done: false } }, { outputs: { done: true } } ] }
                clicks: [ { step: a, decision: approve, by: anna }, { step: a, decision: approve, by: ben } ]
                expect: { run: succeeded, steps: { a: skipped }, effects: { a: 0, a.check: 2 } }
            """,
            """
            test: r
            cases:
              - name: still to be done
                answers: { a.check: { outputs: { done: false } } }
                clicks: [ { step: a, decision: approve, by: anna }, { step: a, decision: approve, by: ben } ]
                expect: { run: succeeded, steps: { a: success }, effects: { a: 1, a.check: 2 } }
            """
        );

    [Fact]
    public void What_is_done_by_then_is_not_tried_again() =>
        Passes(
            """
            runbook: r
            steps:
              - id: a
                uses: test/idempotent@1
                retry: { attempts: 3, delay: 1s, on: [not-sent, unknown] }
                check: { uses: test/read@1, first: true, done-when: result.done }
            """,
            """
            test: r
            cases:
              - name: its answer was lost, and it has happened
                answers: { a: { fault: reset-after-send }, a.check: [ { outputs: { done: false } }, { outputs: { done: true } } ] }
                expect: { run: succeeded, steps: { a: success }, effects: { a: 1, a.check: 2 }, timeline: [ "*recovered by check*" ] }
            """,
            """
            test: r
            cases:
              - name: it was not sent, and somebody else did it
                answers: { a: { fault: not-sent }, a.check: [ { outputs: { done: false } }, { outputs: { done: true } } ] }
                expect: { run: succeeded, steps: { a: skipped }, effects: { a: 0, a.check: 2 } }
            """
        );

    [Theory]
    [InlineData("crash-before-call")]
    [InlineData("crash-after-call")]
    public void What_was_seen_before_the_process_died_is_looked_at_again(string fault) =>
        Passes(
            """
            runbook: r
            steps:
              - id: a
                uses: test/once@1
                before: { uses: test/read@1 }
                check: { uses: test/read@1, first: true, done-when: result.done }
            """,
            $$"""
            test: r
            cases:
              - name: done by somebody else while nobody drove the run
                answers:
                  a.before: [ { fault: {{fault}} }, { outputs: { there: 1 } } ]
                  a.check: [ { outputs: { done: false } }, { outputs: { done: true } } ]
                expect: { run: succeeded, steps: { a: skipped }, effects: { a: 0, a.check: 2 } }
            """,
            $$"""
            test: r
            cases:
              - name: still to be done
                answers: { a.before: [ { fault: {{fault}} }, { outputs: { there: 1 } } ], a.check: { outputs: { done: false } } }
                expect: { run: succeeded, steps: { a: success }, effects: { a: 1, a.check: 2 } }
            """,
            $$"""
            test: r
            cases:
              - name: it had begun, and the look is about what came of it
                answers: { a: { fault: {{fault}} }, a.check: [ { outputs: { done: false } }, { outputs: { done: true } } ] }
                expect: { run: succeeded, steps: { a: success }, effects: { a.before: 1, a.check: 2 }, timeline: [ "*recovered by check*" ] }
            """
        );

    [Fact]
    public void A_step_that_a_person_has_done_anew_looks_anew_each_time() =>
        Passes(
            """
            runbook: r
            steps:
              - id: a
                uses: test/once@1
                before: { uses: test/read@1 }
                check: { uses: test/read@1, first: true, done-when: result.done }
            """,
            """
            test: r
            cases:
              - name: the fourth time it can look
                answers:
                  a.before: [ { fault: refused }, { fault: refused }, { fault: refused }, { outputs: { there: 1 } } ]
                  a.check: { outputs: { done: false } }
                clicks: [ { step: a, decision: retry, by: anna }, { step: a, decision: retry, by: anna }, { step: a, decision: retry, by: anna } ]
                expect: { run: succeeded, steps: { a: success }, effects: { a: 1, a.before: 4, a.check: 4 } }
            """,
            """
            test: r
            cases:
              - name: the fourth time somebody else has done it
                answers:
                  a.before: { fault: refused }
                  a.check: [ { outputs: { done: false } }, { outputs: { done: false } }, { outputs: { done: false } }, { outputs: { done: true } } ]
                clicks: [ { step: a, decision: retry, by: anna }, { step: a, decision: retry, by: anna }, { step: a, decision: retry, by: anna } ]
                expect: { run: succeeded, steps: { a: skipped }, effects: { a: 0, a.check: 4 } }
            """
        );

    [Fact]
    public void A_check_that_was_refused_has_seen_nothing() =>
        Passes(
            """
            runbook: r
            steps: [ { id: a, uses: test/once@1, check: { uses: test/read@1, first: true, done-when: result.primary != 'old' } } ]
            """,
            """
            test: r
            cases:
              - name: it keeps nobody from acting
                answers: { a.check: { fault: refused } }
                expect: { run: succeeded, steps: { a: success }, effects: { a: 1 } }
            """,
            """
            test: r
            cases:
              - name: it does not say that it happened, though an earlier look found something
                answers: { a: { fault: reset-after-send }, a.check: [ { outputs: { primary: old } }, { fault: refused } ] }
                expect: { run: waiting, effects: { a: 1 }, timeline: [ "*the check failed*" ] }
            """
        );

    [Fact]
    public void An_undo_looks_before_it_asks_and_before_it_acts() =>
        Passes(
            """
            runbook: r
            steps:
              - id: a
                uses: test/once@1
                undo: { uses: test/keyed@1, approve: true, check: { uses: test/read@1, first: true, done-when: result.gone } }
              - { id: b, uses: test/read@1, expect: result.well }
            """,
            """
            test: r
            cases:
              - name: gone already
                answers: { b: { outputs: { well: false } }, a.undo.check: { outputs: { gone: true } } }
                expect: { run: failed, steps: { a.undo: skipped }, effects: { a.undo: 0 } }
            """,
            """
            test: r
            cases:
              - name: gone while people were asked
                answers: { b: { outputs: { well: false } }, a.undo.check: [ { outputs: { gone: false } }, { outputs: { gone: true } } ] }
                clicks: [ { step: a.undo, decision: approve, by: anna } ]
                expect: { run: failed, steps: { a.undo: skipped }, effects: { a.undo: 0 } }
            """,
            """
            test: r
            cases:
              - name: still there
                answers: { b: { outputs: { well: false } }, a.undo.check: { outputs: { gone: false } } }
                clicks: [ { step: a.undo, decision: approve, by: anna } ]
                expect: { run: failed, steps: { a.undo: success }, effects: { a.undo: 1 } }
            """
        );

    private static global::Runbooks.Testing.CaseResult Passes(string runbook, params IReadOnlyList<string> tests)
    {
        global::Runbooks.Testing.CaseResult? last = null;
        foreach (var test in tests)
        {
            last = Bench.Passes(runbook, test);
        }

        return last!;
    }
}
