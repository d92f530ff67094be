using static Tests.Runbooks.Bench;

namespace Tests.Runbooks;

/// <summary>What people decide, played by the true engine.</summary>
public sealed class PeopleTests
{
    [Fact]
    public void Two_different_people_have_to_agree() =>
        Passes(
            """
            runbook: r
            steps: [ { id: act, uses: test/once@1, approve: { need: 2, from: [leads], self: false } } ]
            """,
            """
            test: r
            cases:
              - name: c
                started-by: carl
                clicks:
                  - { step: act, decision: approve, by: carl, groups: [leads] }
                  - { step: act, decision: approve, by: dora, groups: [others] }
                  - { step: act, decision: approve, by: anna, groups: [leads] }
                  - { step: act, decision: approve, by: anna, groups: [leads] }
                  - { step: act, decision: approve, by: ben, groups: [leads] }
                expect: { run: succeeded, effects: { act: 1 } }
            """
        )
            .Events.Count(one => one.Text.Contains("Refused", StringComparison.Ordinal))
            .ShouldBe(3);

    [Fact]
    public void An_approval_says_what_would_take_it_back() =>
        Passes(
            """
            runbook: r
            steps:
              - { id: look, uses: test/read@1 }
              - id: act
                uses: test/once@1
                with: { what: new }
                approve: true
                undo: { uses: test/keyed@1, with: { what: "${{ steps.look.outputs.old }} for ${{ steps.act.outputs.id }}" }, approve: true }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { look: { outputs: { old: the old one } } }
                expect:
                  run: waiting
                  timeline: [ "*waits for approval: once new (undo, once people approve it: keyed the old one for ${{ steps.act.outputs.id }})" ]
            """
        );

    [Fact]
    public void An_approval_reminds_and_expires() =>
        Passes(
            """
            runbook: r
            steps: [ { id: act, uses: test/once@1, approve: { expires: 10m, remind: 4m } } ]
            """,
            """
            test: r
            cases:
              - name: c
                advance: 11m
                expect: { run: failed, effects: { act: 0 }, timeline: [ "Step act still waits for approval*", "*nobody approved it in time" ] }
            """
        )
            .Events.Count(one => one.Text.StartsWith("Step act still waits", StringComparison.Ordinal))
            .ShouldBe(2);

    [Fact]
    public void An_approval_is_void_when_the_inputs_change() =>
        Passes(
            """
            runbook: r
            inputs: { host: { default: web-1 } }
            steps: [ { id: act, uses: test/once@1, with: { what: "${{ inputs.host }}" }, approve: { need: 2 } } ]
            """,
            """
            test: r
            cases:
              - name: c
                clicks:
                  - { step: act, decision: approve, by: anna }
                  - { step: "", decision: change-inputs, by: carl, reason: wrong host, answers: { host: web-2 } }
                  - { step: act, decision: approve, by: ben }
                expect: { run: waiting, effects: { act: 0 }, timeline: [ "carl changed inputs from here on (host: web-2): wrong host" ] }
            """
        );

    [Fact]
    public void A_question_is_answered_by_the_type_of_its_inputs() =>
        Passes(
            """
            runbook: r
            steps:
              - { id: how-many, ask: { text: "How many?", inputs: { count: { type: integer, minimum: 1, required: true } }, from: [oncall] } }
              - { id: act, uses: test/once@1, if: steps.how-many.outputs.count == 3 }
            """,
            """
            test: r
            cases:
              - name: c
                clicks:
                  - { step: how-many, decision: answer, by: anna, groups: [oncall], answers: { count: none } }
                  - { step: how-many, decision: answer, by: anna, groups: [oncall], answers: { count: "3" } }
                expect: { run: succeeded, effects: { act: 1 } }
            """
        );

    [Fact]
    public void A_step_is_skipped_with_a_reason_where_that_is_allowed() =>
        Passes(
            """
            runbook: r
            steps:
              - { id: wait, wait: { for: 1h } }
              - { id: maybe, uses: test/once@1, skip-allowed: true }
              - { id: must, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                clicks: [ { step: maybe, decision: skip, by: anna, reason: done already } ]
                expect: { run: succeeded, steps: { maybe: skipped }, effects: { maybe: 0, must: 1 }, timeline: [ "Step maybe was skipped: skipped by anna (done already)" ] }
            """
        );

    [Theory]
    [InlineData("true", "succeeded", 0)]
    [InlineData("false", "waiting", 0)]
    public void Done_by_hand_is_checked_by_the_probe(string done, string run, int effects) =>
        Passes(
            """
            runbook: r
            steps:
              - { id: act, uses: test/once@1, approve: { need: 1 }, check: { uses: test/read@1, done-when: result.done } }
            """,
            $$"""
            test: r
            cases:
              - name: c
                answers: { act.check: { outputs: { done: {{done}} } } }
                clicks: [ { step: act, decision: done-by-hand, by: anna, reason: at the console } ]
                expect: { run: {{run}}, effects: { act: {{effects}} } }
            """
        );

    [Fact]
    public void A_failed_run_goes_on_from_a_step_and_keeps_what_succeeded() =>
        Passes(
            """
            runbook: r
            steps:
              - { id: first, uses: test/once@1 }
              - { id: each, for-each: [a, b, c], uses: test/once@1, continue-on-error: false, rate: { errors: 3 } }
              - { id: second, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { each: [ { items: [ {}, {}, {} ] } ], second: [ { fault: refused }, {} ] }
                clicks: [ { step: second, decision: retry, by: anna, reason: it is up again } ]
                expect: { run: succeeded, effects: { first: 1, each: 3, second: 2 }, timeline: [ "anna has the run go on from step second: it is up again" ] }
            """
        );

    [Fact]
    public void Of_a_list_only_the_targets_that_failed_are_tried_again() =>
        Passes(
            """
            runbook: r
            steps: [ { id: each, for-each: [a, b, c], uses: test/once@1, continue-on-error: true }, { id: last, uses: test/once@1 } ]
            """,
            """
            test: r
            cases:
              - name: c
                answers: { "each[1]": [ { fault: refused }, {} ], last: [ { fault: refused }, {} ] }
                clicks: [ { step: each, decision: retry, by: anna } ]
                expect: { run: succeeded, effects: { "each[0]": 1, "each[1]": 2, "each[2]": 1, last: 2 }, steps: { each: success } }
            """
        );

    [Fact]
    public void Stopping_interrupts_what_runs_cleans_up_and_says_what_is_left_behind() =>
        Passes(
            """
            runbook: r
            steps:
              - { id: first, uses: test/once@1 }
              - { id: long, uses: test/once@1, timeout: 1h }
              - { id: never, uses: test/once@1 }
            finally: [ { id: clean, uses: test/once@1 } ]
            """,
            """
            test: r
            cases:
              - name: c
                answers: { long: { fault: crash-after-call } }
                clicks: [ { step: "", decision: stop, by: anna, reason: wrong place } ]
                expect:
                  run: cancelled
                  effects: { never: 0, clean: 1 }
                  steps: { long: unknown }
                  timeline: [ "Run cancelled*Left behind: first: success; long: unknown*" ]
            """
        );
}
