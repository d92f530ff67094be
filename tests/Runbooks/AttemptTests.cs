using System.Text.Json;
using Runbooks.Running;

namespace Tests.Runbooks;

/// <summary>What is known of an attempt whose process ended before it.</summary>
public sealed class AttemptTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void How_long_an_attempt_went_on_is_not_known_where_somebody_else_wrote_its_end(bool isTakenOver)
    {
        var nothing = JsonElement.Parse("{}");
        List<RunFact> facts =
        [
            new RunFact.Started("book", "hash", nothing, null, null, "user:anna", "one", 1),
            new RunFact.StepStarted("act", 1, StepEffect.Once, "hash", null, DateTimeOffset.UnixEpoch.AddMinutes(5), null),
            new RunFact.StepEnded("act", 1, StepOutcome.Unknown, FailureClass.Unknown, null, "lost", null),
        ];
        // A node that comes back under its own name is another process, too.
        if (isTakenOver)
            facts.Insert(2, new RunFact.TakenOver("one", 2, "one"));

        var state = facts.Aggregate((RunState?)null, (run, fact) => RunState.Evolve("run-1", run, fact, DateTimeOffset.UnixEpoch))!;

        state.Steps["act"].Attempts.ShouldHaveSingleItem().Lost.ShouldBe(isTakenOver);
    }

    [Theory]
    // By itself: whatever became of the attempt before, it is the same thing that is to be done.
    [InlineData("retry: { attempts: 2, on: [refused] }", "fault: refused", "", false, false)]
    [InlineData("retry: { attempts: 2 }", "fault: reset-after-send", "", false, true)]
    [InlineData("timeout: 30s", "fault: crash-after-call", "", false, true)]
    // A person wants it once more,
    [InlineData("timeout: 30s", "fault: refused", "{ step: act, decision: retry, by: anna }", true, false)]
    // also if nobody knows what came of the attempt before; but then it may be done.
    [InlineData(
        "retry: { attempts: 1 }",
        "fault: reset-after-send",
        "{ step: act, decision: stop, by: anna, reason: later }, { step: act, decision: retry, by: anna, reason: now }",
        false,
        true
    )]
    public void Attempts_that_follow_each_other_by_themselves_are_one_round(
        string step,
        string first,
        string clicks,
        bool isNew,
        bool mayBeDone
    )
    {
        var result = Bench.Play(
            $$"""
            runbook: a
            steps: [ { id: act, uses: test/keyed@1, {{step}} } ]
            """,
            $$"""
            test: a
            cases:
              - name: again
                answers: { act: [ { {{first}} }, {} ] }
                clicks: [ {{clicks}} ]
                expect: { run: succeeded }
            """
        );

        result.Passed.ShouldBeTrue(Bench.Told(result));
        var act = result.Run!.Steps["act"];
        act.Attempts.Count.ShouldBe(2, Bench.Told(result));
        act.Attempts[1].IdempotencyKey.ShouldBe(isNew ? $"{result.Run.Id}/act#1" : $"{result.Run.Id}/act");
        act.Attempts[0].IdempotencyKey.ShouldBe($"{result.Run.Id}/act");
        act.LostSince.ShouldBe(mayBeDone ? act.Attempts[0].StartedAt : null);
    }

    [Fact]
    public void A_round_goes_on_where_a_later_attempt_was_refused_and_nobody_knows_what_came_of_an_earlier_one()
    {
        var result = Bench.Play(
            """
            runbook: a
            steps: [ { id: act, uses: test/keyed@1, retry: { attempts: 2 } } ]
            """,
            """
            test: a
            cases:
              - name: again
                answers: { act: [ { fault: reset-after-send }, { fault: refused }, {} ] }
                clicks: [ { step: act, decision: retry, by: anna } ]
                expect: { run: succeeded }
            """
        );

        result.Passed.ShouldBeTrue(Bench.Told(result));
        var act = result.Run!.Steps["act"];
        act.Attempts.Select(attempt => attempt.IdempotencyKey).ShouldBe(Enumerable.Repeat($"{result.Run.Id}/act", 3));
        act.LostSince.ShouldBe(act.Attempts[0].StartedAt);
    }

    [Theory]
    [InlineData("reset-after-send", 3, 1)]
    [InlineData("refused", 5, 2)]
    public void What_a_lost_attempt_may_have_changed_is_not_how_it_was_before(string first, int before, int looks)
    {
        var result = Bench.Play(
            """
            runbook: a
            steps:
              - id: act
                uses: test/idempotent@1
                before: { uses: test/read@1 }
                retry: { attempts: 2 }
                outputs: { n: "${{ before.n }}" }
                undo: { uses: test/once@1, with: { what: "back to ${{ steps.act.outputs.n }}" }, approve: {} }
              - { id: fails, uses: test/once@1 }
            """,
            $$"""
            test: a
            cases:
              - name: again
                answers:
                  act: [ { fault: {{first}} }, {} ]
                  act.before: [ { outputs: { n: 3 } }, { outputs: { n: 5 } } ]
                  fails: { fault: refused }
                expect: { run: waiting, timeline: [ "Step act.undo waits for approval: once back to {{before}}" ] }
            """
        );

        result.Passed.ShouldBeTrue(Bench.Told(result));
        result.Run!.Steps["act.before"].Attempts.Count.ShouldBe(looks);
    }
}
