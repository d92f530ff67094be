using Runbooks.Testing;

namespace Tests.Runbooks;

/// <summary>Each kind of expectation fails where it is wrong, with the place in the test file.</summary>
public sealed class SimulatedExpectationTests
{
    private const string Runbook = """
        runbook: a
        on: { alert: { match: { alertname: A } } }
        inputs: { shard: { required: true, pattern: "[a-z]+" } }
        steps:
          - { id: look, uses: test/read@1, expect: result.ill, else: end-success }
          - { id: act, uses: test/once@1, approve: { from: [sre], expires: 10m, self: false } }
        outputs: { state: "${{ steps.act.outcome }}" }
        """;

    [Theory]
    [InlineData("run: failed", "the run is succeeded, not failed")]
    [InlineData("steps: { act: failure }", "act is success, not failure")]
    [InlineData("effects: { act: 0 }", "the target of act was reached once, not never")]
    [InlineData("effects: { look: 2 }", "the target of look was reached once, not twice")]
    [InlineData("attempts: { act: 3 }", "act was tried once, not 3 times")]
    [InlineData("waiting: { act: approval }", "act waits for nothing, not for approval")]
    [InlineData("timeline: [\"*denied*\"]", "no line of the timeline matches '*denied*'")]
    [InlineData("timeline: [\"!*approved by anna*\"]", "the timeline has 'Step act was approved by anna'")]
    public void A_wrong_expectation_fails_at_its_place(string expect, string message)
    {
        var result = Play($"expect: {{ {expect} }}");

        var problem = result.Problems.ShouldHaveSingleItem(Bench.Told(result));
        problem.Message.ShouldStartWith(message);
        problem.Line.ShouldBe(7);
        problem.Column.ShouldBeGreaterThan(14);
    }

    [Theory]
    [InlineData("run: succeeded")]
    [InlineData("steps: { act: success, look: success }")]
    [InlineData("effects: { act: 1 }")]
    [InlineData("attempts: { act: 1, look: 1 }")]
    [InlineData("timeline: [\"*APPROVED by ann?*\", \"!*denied*\"]")]
    public void The_right_one_holds(string expect)
    {
        var result = Play($"expect: {{ {expect} }}");

        result.Passed.ShouldBeTrue(Bench.Told(result));
    }

    [Fact]
    public void A_click_that_nobody_asked_for_fails_the_case()
    {
        var result = Bench.Play(
            Runbook,
            """
            test: a
            cases:
              - name: never asked
                inputs: { shard: shop }
                answers: { look: { outputs: { ill: false } } }
                clicks: [ { step: act, decision: approve, groups: sre } ]
                expect: { run: succeeded }
            """
        );

        var problem = result.Problems.ShouldHaveSingleItem();
        problem.Message.ShouldBe("'approve' by somebody was never made: the step 'act' was not reached.");
        problem.Line.ShouldBe(6);
    }

    [Theory]
    [InlineData("by: mallory, groups: [hr]", "Only sre may decide this.")]
    [InlineData("by: test, groups: [sre]", "Who started the run may not approve this step")]
    public void A_click_of_somebody_who_may_not_changes_nothing(string who, string refusal)
    {
        var result = Bench.Play(
            Runbook,
            $$"""
            test: a
            cases:
              - name: refused
                inputs: { shard: shop }
                answers: { look: { outputs: { ill: true } } }
                clicks: [ { step: act, decision: approve, {{who}} } ]
                expect: { run: waiting, waiting: { act: approval }, effects: { act: 0 } }
            """
        );

        result.Passed.ShouldBeTrue(Bench.Told(result));
        result.Events.ShouldContain(one => one.Kind == CaseEventKind.Click && one.Text.Contains(refusal));
    }

    [Theory]
    [InlineData("9m", "waiting")]
    [InlineData("10m", "failed")]
    public void The_clock_goes_on_while_people_are_waited_for_as_far_as_the_case_says(string advance, string run)
    {
        var result = Bench.Play(
            Runbook,
            $$"""
            test: a
            cases:
              - name: nobody comes
                inputs: { shard: shop }
                answers: { look: { outputs: { ill: true } } }
                advance: {{advance}}
                expect: { run: {{run}} }
            """
        );

        result.Passed.ShouldBeTrue(Bench.Told(result));
    }

    [Fact]
    public void A_click_may_come_late()
    {
        var result = Bench.Play(
            Runbook,
            """
            test: a
            cases:
              - name: after the approval has run out
                inputs: { shard: shop }
                answers: { look: { outputs: { ill: true } } }
                clicks: [ { step: act, decision: approve, groups: [sre], after: 9m } ]
                expect: { run: succeeded }
            """
        );

        result.Passed.ShouldBeTrue(Bench.Told(result));
        result.Run!.EndedAt.ShouldBe(Simulator.Start.AddMinutes(9));
    }

    [Fact]
    public void Inputs_that_the_runbook_would_refuse_fail_the_case()
    {
        var result = Bench.Play(Runbook, "test: a\ncases: [ { name: x, inputs: { shard: \"9\" }, expect: { run: succeeded } } ]");

        result.Problems.ShouldHaveSingleItem().Message.ShouldStartWith("It could not start. inputs.shard is '9': It must match");
    }

    [Fact]
    public void A_run_that_waits_in_circles_ends_the_case_not_the_test()
    {
        var result = Bench.Play(
            "runbook: a\nsteps: [ { wait: { until: \"alert.state == 'resolved'\", every: 1m } } ]",
            "test: a\ncases: [ { name: x, alert: { labels: { a: b } }, expect: { run: succeeded } } ]"
        );

        result.Problems[0].Message.ShouldStartWith("It does not end");
    }

    [Fact]
    public void A_wait_for_the_alert_ends_when_the_case_says_that_it_resolves()
    {
        var result = Bench.Play(
            "runbook: a\nsteps: [ { wait: { until: \"alert.state == 'resolved'\", every: 1m, timeout: 1h } } ]",
            "test: a\ncases: [ { name: x, alert: { labels: { a: b }, resolves: 150s }, expect: { run: succeeded } } ]"
        );

        result.Passed.ShouldBeTrue(Bench.Told(result));
        result.Run!.EndedAt.ShouldBe(Simulator.Start.AddMinutes(3));
    }

    [Theory]
    [InlineData("inputs: { key: not-a-secret }", "not-a-secret")]
    [InlineData("incident: 1", "test-secret-key")]
    public void A_secret_is_what_the_case_gives_and_is_masked_as_in_truth(string given, string secret)
    {
        var result = Bench.Play(
            """
            runbook: a
            inputs: { key: { type: secret, ref: "env:NO_SUCH_VARIABLE" } }
            steps: [ { id: act, uses: test/once@1, with: { what: "${{ inputs.key }}" } } ]
            """,
            $$"""
            test: a
            cases:
              - name: echoed
                {{given}}
                answers: { act: { outputs: { echo: {{secret}} } } }
                expect: { run: succeeded }
            """
        );

        result.Passed.ShouldBeTrue(Bench.Told(result));
        result.Run!.Steps["act"].Outputs!.Value.GetProperty("echo").GetString().ShouldBe("***");
    }

    private static CaseResult Play(string expect) =>
        Bench.Play(
            Runbook,
            $$"""
            test: a
            cases:
              - name: approved
                inputs: { shard: shop }
                answers: { look: { outputs: { ill: true } } }
                clicks: [ { step: act, decision: approve, by: anna, groups: [sre] } ]
                {{expect}}
            """
        );
}
