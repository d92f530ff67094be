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
            .ShouldBe([
                RunDecision.Happened,
                RunDecision.RunAgain,
                RunDecision.Skip,
                RunDecision.Stop,
                RunDecision.StopAndUndo,
                RunDecision.DoneByHand,
            ]);
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

    private const string Retried = """
        runbook: r
        inputs: { host: { default: web-1 } }
        steps:
          - id: both
            parallel:
              - { id: gate, approve: {} }
              - id: act
                uses: test/keyed@1
                with: { what: "${{ inputs.host }}" }
                retry: { attempts: 2, delay: 2h, max-delay: 2h, jitter: none }
                undo: { uses: test/once@1, with: { what: "no ${{ inputs.host }}" }, approve: {} }
        """;
}
