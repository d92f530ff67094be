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
}
