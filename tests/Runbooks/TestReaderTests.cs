using Runbooks.Testing;

namespace Tests.Runbooks;

/// <summary>What is wrong with a test file is said all at once, each with its place.</summary>
public sealed class TestReaderTests
{
    private const string Runbook = """
        runbook: a
        inputs: { shard: {} }
        steps:
          - { id: fail-over, uses: test/once@1, check: { uses: test/read@1 } }
          - { id: note, uses: test/idempotent@1 }
        """;

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        var (test, problems) = TestReader.Read(
            """
            test: b
            csaes: []
            cases:
              - name: one
                inputs: { sharp: x }
                answers:
                  failover: {}
                  fail-over.before: {}
                  fail-over: { fault: crash-after-cal, slow: long }
                  note: []
                clicks:
                  - { step: fail-over, decision: aprove }
                  - { step: nothing, decision: approve, hash: x }
                  - { decision: deny }
                expect:
                  run: done
                  steps: { fail-over: succes }
                  effects: { fail-over: many, notes: 1 }
                  timeline: [ { a: b } ]
              - name: one
            """,
            Bench.Read(Runbook)
        );

        test.ShouldBeNull();
        problems
            .Select(problem => problem.ToString())
            .ShouldBe([
                "1:7: The runbook beside this file is 'a', not 'b'.",
                "2:1: Unknown key 'csaes' of a test of a runbook. Did you mean 'cases'?",
                "5:15: The runbook has no input 'sharp'. Did you mean 'shard'? It has: shard.",
                "7:7: The runbook has no step 'failover'. Did you mean 'fail-over'? It has: fail-over, note.",
                "8:7: The step 'fail-over' has no 'before'.",
                "9:27: 'fault' is one of not-sent, refused, reset-after-send, timeout-after-effect, crash-before-call, crash-after-call, crash-after-result, not 'crash-after-cal'. Did you mean 'crash-after-call'?",
                "9:50: 'slow' must be a duration. Write a number and a unit: 500ms, 10s, 5m, 2h or 1d.",
                "10:13: 'note' needs at least one answer.",
                "12:38: 'decision' is one of approve, deny, answer, happened, run-again, did-not-happen, skip, stop, stop-and-undo, retry, done-by-hand, change-inputs, release, not 'aprove'. Did you mean 'approve'?",
                "13:17: The runbook has no step 'nothing'. It has: fail-over, note.",
                "13:45: Unknown key 'hash' of a click.",
                "14:9: 'step' is missing: 'deny' is about a step.",
                "16:12: 'run' is one of queued, running, waiting, held, succeeded, failed, cancelled, not 'done'.",
                "17:27: 'fail-over' is one of pending, running, waiting, success, failure, skipped, cancelled, unknown, not 'succes'. Did you mean 'success'?",
                "18:29: 'fail-over' must be a count: 0, 1, 2, …",
                "18:35: The runbook has no step 'notes'. Did you mean 'note'? It has: fail-over, note.",
                "19:19: 'timeline' is a list of texts, as \"*recovered by check*\".",
                "20:1: Two cases are called 'one'.",
                "20:5: 'expect' is missing: the case 'one' would show nothing.",
            ]);
    }

    [Theory]
    [InlineData("drain", "Each item of 'hosts' has a step 'drain'. Write 'hosts/drain' for all, or 'hosts[0]/drain' for one.")]
    [InlineData("hosts/note", "The runbook has no step 'hosts/note'.")]
    [InlineData("hosts[1]/drain.undo", "The step 'drain' has no 'undo'.")]
    public void What_is_done_for_each_item_is_named_with_its_group(string name, string message) =>
        TestReader
            .Read(
                $$"""
                test: a
                cases: [ { name: x, expect: { effects: { "{{name}}": 0, hosts/drain: 1, "hosts[0]/drain": 1 } } } ]
                """,
                Bench.Read(Runbook + "\n  - { id: hosts, for-each: [a], parallel: [ { id: drain, uses: test/once@1 } ] }")
            )
            .Problems.ShouldHaveSingleItem()
            .Message.ShouldStartWith(message);

    [Theory]
    [InlineData("", "The file is empty.")]
    [InlineData("- a", "A test of a runbook must be a mapping")]
    [InlineData("test: a", "'cases' is missing")]
    [InlineData("test: a\ncases: {}", "'cases' must be a list.")]
    [InlineData("test: a\ncases: [ { name: x, expect: {} } ]", "'expect' is missing")]
    [InlineData("test: a\ntest: a", "The key 'test' is here twice")]
    [InlineData("test: [", "Not YAML")]
    public void A_file_that_is_no_test_is_said_to_be_none(string text, string message) =>
        TestReader.Read(text, Bench.Read(Runbook)).Problems.ShouldContain(problem => problem.Message.StartsWith(message));
}
