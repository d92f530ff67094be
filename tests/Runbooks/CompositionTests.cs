using static Tests.Runbooks.Bench;

namespace Tests.Runbooks;

/// <summary>Steps beside, inside and after each other, played by the true engine.</summary>
public sealed class CompositionTests
{
    [Fact]
    public void Members_of_a_group_go_on_beside_each_other() =>
        Passes(
            """
            runbook: r
            steps:
              - id: both
                parallel:
                  - { id: left, uses: test/once@1 }
                  - { id: right, uses: test/once@1 }
              - { id: after, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { left: { slow: 40s }, right: { slow: 50s } }
                expect:
                  run: succeeded
                  effects: { left: 1, right: 1, after: 1 }
                  timeline: [ "Group both started", "Step both succeeded" ]
            """
        )
            .Events[^1]
            .At.ShouldBe(TimeSpan.FromSeconds(50));

    [Fact]
    public void Nobody_is_asked_for_a_member_that_will_be_skipped() =>
        Passes(
            """
            runbook: r
            steps:
              - id: both
                approve: { need: 1 }
                parallel:
                  - { id: left, uses: test/once@1, if: "false" }
                  - { id: right, uses: test/idempotent@1 }
            """,
            """
            test: r
            cases:
              - name: c
                clicks: [ { step: both, decision: approve, by: anna } ]
                expect:
                  run: succeeded
                  effects: { left: 0, right: 1 }
                  timeline: [ "*waits for approval*idempotent*", "!*waits for approval*once*" ]
            """
        );

    [Fact]
    public void Nobody_is_asked_for_a_group_or_a_list_of_which_nothing_is_to_be_done() =>
        Passes(
            """
            runbook: r
            inputs: { many: { type: list, default: [] } }
            steps:
              - id: group
                approve: { need: 1 }
                parallel:
                  - { id: left, if: len(inputs.many) > 0, uses: test/once@1 }
                  - { id: inner, parallel: [ { id: right, if: len(inputs.many) > 0, uses: test/once@1 } ] }
              - { id: each, for-each: "${{ inputs.many }}", approve: { need: 1 }, uses: test/once@1 }
              - id: none
                for-each: [1, 2]
                approve: { need: 1 }
                parallel: [ { id: third, if: item > 2, uses: test/once@1 } ]
              - id: some
                for-each: [1, 2]
                approve: { need: 1 }
                parallel: [ { id: second, if: item > 1, uses: test/once@1 } ]
            """,
            """
            test: r
            cases:
              - name: c
                clicks: [ { step: some, decision: approve, by: anna } ]
                expect:
                  run: succeeded
                  steps: { group: skipped, left: skipped, inner: skipped, each: skipped, none: skipped, some: success }
                  effects: { left: 0, right: 0, each: 0, none/third: 0, some/second: 1, "some[1]/second": 1 }
                  timeline: [ "*some waits for approval*(1 target: 2)", "!*group waits*", "!*each waits*", "!*none waits*" ]
            """
        );

    [Fact]
    public void A_group_fails_when_a_member_does_and_only_then_ends() =>
        Passes(
            """
            runbook: r
            steps:
              - id: both
                parallel:
                  - { id: left, uses: test/once@1 }
                  - { id: right, uses: test/once@1 }
              - { id: after, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { left: { fault: refused }, right: { slow: 50s } }
                expect: { run: failed, steps: { both: failure, right: success, after: skipped } }
            """
        );

    [Fact]
    public void One_member_waits_for_people_while_another_works() =>
        Passes(
            """
            runbook: r
            steps:
              - id: both
                parallel:
                  - { id: left, uses: test/once@1, approve: { need: 1 } }
                  - { id: right, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { right: { fault: crash-after-result } }
                clicks: [ { step: left, decision: approve, by: anna } ]
                expect: { run: succeeded, effects: { left: 1, right: 1 } }
            """
        );

    [Fact]
    public void Targets_come_as_many_at_a_time_as_allowed() =>
        Passes(
            """
            runbook: r
            steps:
              - { id: each, for-each: [a, b, c, d, e], max-parallel: 2, uses: test/once@1, with: { what: "${{ item }}" } }
            outputs: { said: "${{ join(steps.each.items.*.outputs.said) }}" }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { each: { outputs: { said: x }, slow: 10s } }
                expect: { run: succeeded, effects: { each: 5 }, outputs: { said: "x,x,x,x,x" } }
            """
        )
            .Events[^1]
            .At.ShouldBe(TimeSpan.FromSeconds(30));

    [Theory]
    [InlineData("", 1)]
    [InlineData("rate: { errors: 2 },", 2)]
    [InlineData("rate: { errors: 10% },", 1)]
    [InlineData("rate: { errors: 25% },", 2)]
    [InlineData("continue-on-error: true,", 10)]
    public void No_other_target_is_started_once_failures_reach_the_budget(string rate, int started) =>
        Passes(
            $$"""
            runbook: r
            steps:
              - { id: each, for-each: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], {{rate}} uses: test/once@1 }
            """,
            $$"""
            test: r
            cases:
              - name: c
                answers: { each: { fault: refused } }
                expect: { effects: { each: {{started}} }, steps: { each: failure } }
            """
        );

    [Fact]
    public void Failures_below_a_stated_budget_are_tolerated() =>
        Passes(
            """
            runbook: r
            steps:
              - { id: each, for-each: [0, 1, 2], rate: { errors: 2 }, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { "each[1]": { fault: refused } }
                expect: { run: succeeded, effects: { each: 3 } }
            """
        );

    [Fact]
    public void A_wave_is_over_before_the_next_begins()
    {
        var result = Passes(
            """
            runbook: r
            steps:
              - { id: each, for-each: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], max-parallel: 10, rate: { waves: [1, 30%, 100%] }, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { each: { slow: 10s } }
                expect: { run: succeeded, effects: { each: 10 } }
            """
        );

        result
            .Events.Where(one =>
                one.Text.StartsWith("Step each[", StringComparison.Ordinal) && one.Text.EndsWith("started", StringComparison.Ordinal)
            )
            .GroupBy(one => one.At.TotalSeconds)
            .Select(wave => (wave.Key, wave.Count()))
            .ShouldBe([(0, 1), (10, 2), (20, 7)]);
    }

    [Fact]
    public void A_list_that_is_too_long_fails_before_its_first_target() =>
        Passes(
            """
            runbook: r
            inputs: { many: { type: list } }
            steps:
              - { id: each, for-each: "${{ inputs.many }}", uses: test/once@1 }
            """,
            $$"""
            test: r
            cases:
              - name: c
                inputs: { many: [{{string.Join(", ", Enumerable.Range(0, 10_001))}}] }
                expect: { run: failed, effects: { each: 0 }, timeline: [ "*the list has 10001 items; at most 10000*" ] }
            """
        );

    [Fact]
    public void Many_targets_cost_what_they_are() =>
        Passes(
            """
            runbook: r
            inputs: { many: { type: list } }
            steps:
              - { id: each, for-each: "${{ inputs.many }}", max-parallel: 10, uses: test/once@1 }
            """,
            $$"""
            test: r
            cases:
              - name: c
                inputs: { many: [{{string.Join(", ", Enumerable.Range(0, 2_000))}}] }
                expect: { run: succeeded, effects: { each: 2000 } }
            """
        );

    [Fact]
    public void More_targets_than_the_limit_are_refused_and_reads_are_not_counted() =>
        Passes(
            """
            runbook: r
            limits: { targets: 2 }
            steps:
              - { id: look, for-each: [a, b, c], uses: test/read@1 }
              - { id: act, for-each: [a, b, c], uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                expect: { run: failed, effects: { look: 3, act: 0 }, timeline: [ "*limits.targets allows 2*" ] }
            """
        );

    [Fact]
    public void A_called_runbook_has_its_own_inputs_steps_and_outputs() =>
        Passes(
            """
            runbook: caller
            steps:
              - { id: fix, runbook: callee, with: { host: web-1 } }
              - { id: tell, uses: test/once@1, with: { what: "${{ steps.fix.outputs.done }}" }, if: steps.fix.outputs.done == 'web-1 is up' }
            """,
            """
            test: caller
            cases:
              - name: c
                answers: { "fix/start": { outputs: { state: up } } }
                expect: { run: succeeded, effects: { "fix/start": 1, tell: 1 }, steps: { tell: success } }
            """,
            """
            runbook: callee
            inputs: { host: { type: string, required: true } }
            locks: [ "host/${{ inputs.host }}" ]
            steps:
              - { id: start, uses: test/once@1, with: { what: "${{ inputs.host }}" } }
            outputs: { done: "${{ inputs.host }} is ${{ steps.start.outputs.state }}" }
            """
        );

    [Fact]
    public void A_called_runbook_that_fails_cleans_up_and_fails_its_caller() =>
        Passes(
            """
            runbook: caller
            steps:
              - { id: fix, runbook: callee }
              - { id: tell, uses: test/once@1 }
            """,
            """
            test: caller
            cases:
              - name: c
                answers: { "fix/start": { fault: refused } }
                expect: { run: failed, effects: { "fix/clean": 1, tell: 0 }, steps: { fix: failure } }
            """,
            """
            runbook: callee
            steps: [ { id: start, uses: test/once@1 } ]
            finally: [ { id: clean, uses: test/once@1 } ]
            """
        );

    [Fact]
    public void Picking_is_cut_by_where() =>
        Passes(
            """
            runbook: r
            steps:
              - { id: each, for-each: [1, 2, 3, 4], where: item > 2, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                expect: { run: succeeded, effects: { each: 2 } }
            """
        );

    [Theory]
    [InlineData("clicks: [ { step: call/act.undo, decision: deny, by: anna, reason: not now } ]", "*denied by anna: not now")]
    [InlineData("advance: 10m", "*nobody approved it in time")]
    public void The_undo_of_a_step_in_a_called_runbook_may_be_denied_or_expire(string happens, string told) =>
        Passes(
            """
            runbook: r
            steps:
              - { id: call, runbook: inner }
              - { id: after, uses: test/once@1 }
            """,
            $$"""
            test: r
            cases:
              - name: c
                answers: { after: { fault: refused } }
                {{happens}}
                expect:
                  run: failed
                  steps: { call/act.undo: failure }
                  effects: { call/act: 1, call/act.undo: 0 }
                  timeline: [ "{{told}}" ]
            """,
            """
            runbook: inner
            steps: [ { id: act, uses: test/once@1, undo: { uses: test/once@1, approve: { expires: 10m } } } ]
            """
        );
}
