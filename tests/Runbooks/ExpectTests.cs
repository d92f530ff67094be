using static Tests.Runbooks.Bench;

namespace Tests.Runbooks;

/// <summary>What a runbook expects of an answer is judged by the answer, and not by what its outputs make of it.</summary>
public sealed class ExpectTests
{
    [Fact]
    public void An_answer_that_is_not_what_was_expected_fails_whatever_its_outputs_are() =>
        Passes(
            """
            runbook: r
            steps:
              - { id: look, uses: test/read@1, outputs: { much: "${{ result.value }}" }, expect: result.value < 3 }
              - { id: act, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { look: { outputs: { value: 5 } } }
                expect: { run: failed, steps: { look: failure }, effects: { act: 0 } }
            """
        );

    [Fact]
    public void What_says_itself_why_it_is_not_well_is_quoted() =>
        Passes(
            """
            runbook: r
            steps: [ { id: look, uses: test/read@1, expect: result.ok } ]
            """,
            """
            test: r
            cases:
              - name: c
                answers: { look: { outputs: { ok: false, because: it knows no leader } } }
                expect: { run: failed, timeline: [ "*expected result.ok: it knows no leader*" ] }
            """
        );

    [Fact]
    public void It_is_asked_again_as_its_retry_says_and_what_it_last_brought_is_there_for_later_steps() =>
        Passes(
            """
            runbook: r
            steps:
              - id: look
                uses: test/read@1
                outputs: { much: "${{ result.value }}" }
                expect: result.value < 3
                retry: { attempts: 2, delay: 1s, on: [refused] }
                continue-on-error: true
              - { id: act, uses: test/once@1, if: steps.look.outputs.much == 4 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { look: [ { outputs: { value: 5 } }, { outputs: { value: 4 } } ] }
                expect: { run: succeeded, steps: { look: failure }, effects: { act: 1 } }
            """
        );

    [Fact]
    public void What_failed_and_brought_nothing_to_read_says_why_it_failed() =>
        Passes(
            """
            runbook: r
            steps:
              - { id: look, uses: test/read@1, expect: fromJSON(result.text) > 80, else: end-success }
              - { id: act, uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { look: { fault: refused, because: "df: /srv: No such file or directory", outputs: { text: "" } } }
                expect: { run: failed, effects: { act: 0 }, timeline: ["Step look failed: df: /srv: No such file or directory"] }
            """
        );
}
