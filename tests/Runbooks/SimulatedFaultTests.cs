using Runbooks.Running;
using Runbooks.Testing;

namespace Tests.Runbooks;

/// <summary>Each fault of a test file, on a step of each effect: what the true engine makes of it.</summary>
public sealed class SimulatedFaultTests
{
    [Theory]
    // Nothing left: no effect, and no doubt either.
    [InlineData("once", "not-sent", StepOutcome.Failure, 0)]
    [InlineData("read", "not-sent", StepOutcome.Failure, 0)]
    [InlineData("once", "refused", StepOutcome.Failure, 1)]
    [InlineData("idempotent", "refused", StepOutcome.Failure, 1)]
    // Taken, and the answer lost: never again by itself.
    [InlineData("once", "reset-after-send", StepOutcome.Unknown, 1)]
    [InlineData("once", "timeout-after-effect", StepOutcome.Unknown, 1)]
    [InlineData("once", "crash-after-call", StepOutcome.Unknown, 1)]
    [InlineData("once", "crash-before-call", StepOutcome.Unknown, 0)]
    // The answer is on disk: nothing is lost.
    [InlineData("once", "crash-after-result", StepOutcome.Success, 1)]
    [InlineData("read", "crash-after-result", StepOutcome.Success, 1)]
    // What may be done twice is done again.
    [InlineData("read", "crash-after-call", StepOutcome.Success, 2)]
    [InlineData("idempotent", "crash-after-call", StepOutcome.Success, 2)]
    [InlineData("idempotent", "crash-before-call", StepOutcome.Success, 1)]
    [InlineData("keyed", "crash-after-call", StepOutcome.Success, 2)]
    [InlineData("read", "timeout-after-effect", StepOutcome.Failure, 3)]
    [InlineData("idempotent", "timeout-after-effect", StepOutcome.Unknown, 3)]
    public void A_fault_is_what_it_would_be_in_truth(string effect, string fault, StepOutcome outcome, int effects)
    {
        var result = Bench.Play(
            $$"""
            runbook: a
            steps: [ { id: act, uses: test/{{effect}}@1, timeout: 30s } ]
            """,
            $$"""
            test: a
            cases:
              - name: the fault
                answers: { act: { fault: {{fault}} } }
                expect: { effects: { act: {{effects}} } }
            """
        );

        result.Passed.ShouldBeTrue(Bench.Told(result));
        result.Run!.Steps["act"].Outcome.ShouldBe(outcome, Bench.Told(result));
        result.Events.Count(one => one.Kind is CaseEventKind.Crash).ShouldBe(fault.StartsWith("crash", StringComparison.Ordinal) ? 1 : 0);
    }

    [Theory]
    [InlineData("slow: 20s", StepOutcome.Success, 20)]
    [InlineData("fault: { slow: 20s }", StepOutcome.Success, 20)]
    [InlineData("slow: 40s", StepOutcome.Unknown, 30)]
    public void A_slow_target_takes_time_of_the_tests_clock_and_the_timeout_holds(string answer, StepOutcome outcome, int seconds)
    {
        var result = Bench.Play(
            """
            runbook: a
            steps: [ { id: act, uses: test/once@1, timeout: 30s } ]
            """,
            $$"""
            test: a
            cases:
              - name: slow
                answers: { act: { {{answer}} } }
                expect: { effects: { act: 1 } }
            """
        );

        result.Passed.ShouldBeTrue(Bench.Told(result));
        result.Run!.Steps["act"].Outcome.ShouldBe(outcome);
        (result.Run.Steps["act"].Attempts[0].EndedAt - Simulator.Start).ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public void A_list_answers_one_attempt_each_and_its_last_one_all_that_follow()
    {
        var result = Bench.Play(
            """
            runbook: a
            steps: [ { id: look, uses: test/read@1, retry: { attempts: 5, delay: 10s, backoff: 1, jitter: none } } ]
            """,
            """
            test: a
            cases:
              - name: the third time
                answers: { look: [ { fault: refused }, { fault: not-sent }, { outputs: { n: 3 } } ] }
                expect: { run: succeeded, attempts: { look: 3 }, effects: { look: 2 } }
            """
        );

        result.Passed.ShouldBeTrue(Bench.Told(result));
        result.Run!.EndedAt.ShouldBe(Simulator.Start.AddSeconds(20));
    }

    [Fact]
    public void A_script_answers_by_exit_code_and_named_outputs()
    {
        var result = Bench.Play(
            """
            runbook: a
            steps:
              - { id: one, run: do it, fails-with: [3], continue-on-error: true }
              - { id: two, run: do it, expect: result.outputs.state == 'up' }
              - { id: three, run: do it }
            """,
            """
            test: a
            cases:
              - name: exit codes
                answers: { one: { exit-code: 3 }, two: { outputs: { state: up } }, three: { exit-code: 9 } }
                expect: { steps: { one: failure, two: success, three: unknown }, run: waiting, waiting: { three: unknown } }
            """
        );

        result.Passed.ShouldBeTrue(Bench.Told(result));
    }

    [Fact]
    public void The_same_case_gives_the_same_story()
    {
        const string Runbook = """
            runbook: a
            steps:
              - { id: look, uses: test/read@1, retry: { attempts: 4, delay: 3s } }
              - { id: act, uses: test/once@1, approve: { need: 2 }, check: { uses: test/read@1, settle: 15s, done-when: result.done } }
            """;
        const string Test = """
            test: a
            cases:
              - name: all at once
                answers: { look: [ { fault: refused }, { fault: crash-after-call }, {} ], act: { fault: crash-after-call }, act.check: { outputs: { done: true } } }
                clicks: [ { step: act, decision: approve, by: a }, { step: act, decision: approve, by: b } ]
                expect: { run: succeeded, effects: { act: 1 } }
            """;
        var first = Bench.Play(Runbook, Test);

        first.Passed.ShouldBeTrue(Bench.Told(first));
        Bench.Told(Bench.Play(Runbook, Test)).ShouldBe(Bench.Told(first));
    }
}
