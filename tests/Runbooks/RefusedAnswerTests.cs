using static Tests.Runbooks.Bench;

namespace Tests.Runbooks;

/// <summary>A check that could not look has seen nothing: it is neither a yes nor a no, whatever it brought.</summary>
public sealed class RefusedAnswerTests
{
    private const string Waits = "{ run: waiting, effects: { act: 1 }, timeline: [ '*the check failed: *' ] }";
    private const string Again = "{ run: succeeded, effects: { act: 2 }, timeline: [ '*the check says that it did not happen*' ] }";

    [Theory]
    [InlineData("result.json.done == true", "{ status: 200, ok: true, json: { done: false } }", null, Again)]
    [InlineData("result.json.done == true", "{ status: 404, ok: false, json: null }", "refused", Waits)]
    [InlineData("result.json.done != true", "{ status: 401, ok: false, json: { why: no } }", "refused", Waits)]
    [InlineData("result.json.done == true", "{ status: 503, ok: false, json: null }", "refused", Waits)]
    [InlineData("result.ok && result.json.done", "{ status: 404, ok: false, json: null }", "refused", Again)]
    [InlineData("result.status == 200", "{ status: 404, ok: false, json: null }", "refused", Again)]
    [InlineData(null, "{ status: 404, ok: false }", "refused", Again)]
    [InlineData(null, "{ status: 302, ok: false }", "refused", Waits)]
    [InlineData(null, "{ status: 401, ok: false }", "refused", Waits)]
    [InlineData(null, "{ status: 429, ok: false }", "refused", Waits)]
    [InlineData(null, "{ status: 500, ok: false }", "refused", Waits)]
    [InlineData("contains(result.stdout, 'up')", "{ exit-code: 0, stdout: down }", null, Again)]
    [InlineData("contains(result.stdout, 'up')", "{ exit-code: 1, stdout: '' }", "refused", Waits)]
    [InlineData("!contains(result.stdout, 'locked')", "{ exit-code: 127, stdout: '' }", "refused", Waits)]
    [InlineData("result.exit-code == 0", "{ exit-code: 3, stdout: '' }", "refused", Again)]
    [InlineData(null, "{ exit-code: 3 }", "refused", Again)]
    [InlineData(null, "{ exit-code: 124 }", "refused", Waits)]
    [InlineData(null, "{ exit-code: 127 }", "refused", Waits)]
    [InlineData(null, "{ exit-code: 137 }", "refused", Waits)]
    [InlineData("result.conclusion == 'success'", "{ conclusion: failure }", "refused", Again)]
    public void After_a_lost_answer(string? condition, string found, string? fault, string expected) =>
        Passes(
            $$"""
            runbook: r
            steps:
              - id: act
                uses: test/once@1
                check: { uses: test/read@1, settle: 0s, authoritative: true{{(condition is null ? "" : $", done-when: \"{condition}\"")}} }
            """,
            $$"""
            test: r
            cases:
              - name: c
                answers:
                  act: [ { fault: reset-after-send }, {} ]
                  act.check: { {{(fault is null ? "" : $"fault: {fault}, ")}}outputs: {{found}} }
                expect: {{expected}}
            """
        );

    [Fact]
    public void Before_the_step_it_keeps_nobody_from_acting() =>
        Passes(
            """
            runbook: r
            steps:
              - id: act
                uses: test/once@1
                check: { uses: test/read@1, first: true, settle: 0s, done-when: result.json.enabled != true }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { act.check: { fault: refused, outputs: { status: 401, ok: false, json: null } } }
                expect: { run: succeeded, effects: { act: 1 } }
            """
        );

    [Fact]
    public void Nothing_is_left_as_it_is_because_of_it() =>
        Passes(
            """
            runbook: r
            steps:
              - id: act
                uses: test/once@1
                check: { uses: test/read@1, settle: 0s, authoritative: true, done-when: result.json.done }
                undo: { uses: test/once@1 }
            """,
            """
            test: r
            cases:
              - name: c
                answers: { act: { fault: reset-after-send }, act.check: { fault: refused, outputs: { status: 403, ok: false, json: null } } }
                clicks: [ { step: "", decision: stop-and-undo, by: anna } ]
                expect: { run: waiting, timeline: [ "*Before it is undone: did it happen?*the check failed*" ] }
            """
        );

    [Theory]
    [InlineData("result.json.ill == true", "status: 401, ok: false, json: null", "{ run: failed }")]
    [InlineData("result.json.ill != true", "status: 401, ok: false, json: null", "{ run: failed }")]
    [InlineData("contains(result.stdout, 'ill')", "exit-code: 127, stdout: ''", "{ run: failed }")]
    [InlineData("result.status != 401", "status: 401, ok: false, json: null", "{ run: succeeded }")]
    [InlineData("result.exit-code == 0", "exit-code: 1, stdout: ''", "{ run: succeeded }")]
    public void Nobody_takes_it_for_well(string condition, string found, string expected) =>
        Passes(
            $$"""
            runbook: r
            steps:
              - { id: look, uses: test/read@1, expect: "{{condition}}", else: end-success }
            """,
            $$"""
            test: r
            cases:
              - name: c
                answers: { look: { fault: refused, outputs: { {{found}} } } }
                expect: {{expected}}
            """
        );
}
