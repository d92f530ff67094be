using System.Text.Json;
using Bot.Log;
using Runbooks.Expressions;
using Runbooks.Planning;
using Runbooks.Running;
using Runbooks.Secrets;
using static Tests.Runbooks.Bench;

namespace Tests.Runbooks;

/// <summary>What is too large to be kept of a result is never nothing for who reads it.</summary>
public sealed class CutResultTests
{
    private const string Named = "'steps.look.outputs.rows' takes 301.2 KB";

    private static string Rows { get; } = $"[{string.Join(", ", Enumerable.Repeat($"{{ name: {new string('x', 3_000)} }}", 100))}]";

    [Theory]
    [InlineData("uses: test/once@1, with: { what: '${{ steps.look.outputs.rows[0].name }}' }")]
    [InlineData("uses: test/once@1, with: { what: 'Of ${{ steps.look.outputs.rows }}' }")]
    [InlineData("uses: test/once@1, with: { what: '${{ toJSON(steps.look.outputs) }}' }")]
    [InlineData("uses: test/once@1, with: { what: '${{ join(steps.look.outputs.rows.*.name) }}' }")]
    [InlineData("uses: test/once@1, if: steps.look.outputs.rows == null")]
    [InlineData("uses: test/once@1, if: '!steps.look.outputs.rows'")]
    [InlineData("uses: test/once@1, if: 'len(steps.look.outputs.rows) == 0'")]
    [InlineData("uses: test/once@1, if: '!contains(steps.look.outputs.rows, 1)'")]
    [InlineData("uses: test/once@1, for-each: '${{ steps.look.outputs.rows }}'")]
    [InlineData("run: 'true', env: { ROWS: '${{ steps.look.outputs.rows }}' }")]
    [InlineData("wait: { until: steps.look.outputs.rows == null, timeout: 1m }")]
    [InlineData("ask: { text: 'Is it ${{ steps.look.outputs.rows }}?', inputs: { a: { type: string } } }")]
    public void Whoever_reads_it_later_fails_by_its_name(string step)
    {
        foreach (var fault in (string[])["", "fault: crash-after-result, "])
        {
            var result = Passes(
                $$$"""
                runbook: r
                steps:
                  - { id: look, uses: test/read@1 }
                  - { id: reads, {{{step}}}, continue-on-error: true }
                  - { id: counts, uses: test/idempotent@1, with: { what: "${{steps.look.outputs.count}}" } }
                """,
                $$"""
                test: r
                cases:
                  - name: c
                    answers: { look: { {{fault}}outputs: { count: 100, rows: {{Rows}} } } }
                    expect: { run: succeeded, steps: { reads: failure }, effects: { reads: 0, counts: 1 } }
                """
            );

            var reads = result.Run!.Steps["reads"];
            reads.Class.ShouldBe(FailureClass.NotSent);
            reads.Because!.ShouldStartWith(Named);
        }
    }

    [Fact]
    public void The_step_itself_sees_all_of_it() =>
        Passes(
            """
            runbook: r
            steps:
              - { id: look, uses: test/read@1, expect: len(result.rows) == 100, outputs: { first: "${{ result.rows[0].name }}" } }
              - { id: act, uses: test/once@1, if: len(steps.look.outputs.first) == 3000 }
            """,
            $$"""
            test: r
            cases:
              - name: c
                answers: { look: { outputs: { rows: {{Rows}} } } }
                expect: { run: succeeded, effects: { act: 1 } }
            """
        );

    [Theory]
    // Lost, and nobody knows: people are asked.
    [InlineData("", "fault: reset-after-send", "waiting", "unknown", 1)]
    [InlineData(", authoritative: true", "fault: reset-after-send", "waiting", "unknown", 1)]
    // Looked at before: it is not made on a guess.
    [InlineData(", first: true", "outputs: {}", "failed", "failure", 0)]
    [InlineData(" }, verify: true, undo: { uses: test/once@1", "outputs: {}", "failed", "failure", 1)]
    public void A_check_that_cannot_be_read_says_neither_yes_nor_no(string more, string answer, string run, string step, int made)
    {
        foreach (var condition in (string[])["result.rows == null", "result.rows != null"])
        {
            var result = Passes(
                $$"""
                runbook: r
                steps:
                  - { id: act, uses: test/once@1, check: { uses: test/read@1, done-when: "{{condition}}"{{more}} } }
                """,
                $$"""
                test: r
                cases:
                  - name: c
                    answers: { act: { {{answer}} }, act.check: { outputs: { rows: {{Rows}} } } }
                    expect: { run: {{run}}, steps: { act: {{step}} }, effects: { act: {{made}} } }
                """
            );

            var act = result.Run!.Steps["act"];
            (act.Wait?.Text ?? act.Because!).ShouldContain("'result.rows' takes 301.2 KB");
            if (made > 0 && run == "failed")
                act.Class.ShouldBe(FailureClass.Refused);
        }
    }

    [Theory]
    [InlineData("check.done-when", "check: { uses: test/read@1, done-when: result.n == 2 && before.rows != null }")]
    [InlineData("check.done-when", "check: { uses: test/read@1, done-when: \"result.n == before['ROWS'][0]\" }")]
    [InlineData("check.done-when", "check: { uses: test/read@1, done-when: result.n == len(before.*) }")]
    [InlineData("expect", "expect: len(before.rows) > 0")]
    [InlineData("outputs.old", "outputs: { n: '${{ before.n }}', old: 'Was ${{ before.rows }}' }")]
    [InlineData("outputs.all", "outputs: { all: '${{ toJSON(before) }}' }")]
    public void A_step_that_reads_what_is_missing_of_before_does_not_begin(string reader, string reads)
    {
        var result = Passes(
            $$$"""
            runbook: r
            steps:
              - id: act
                uses: test/once@1
                before: { uses: test/read@1 }
                retry: { attempts: 3 }
                {{{reads}}}
                undo: { uses: test/once@1, with: { what: "${{ steps.act.outputs.old }}" } }
            """,
            $$"""
            test: r
            cases:
              - name: c
                answers: { act.before: { outputs: { n: 1, rows: {{Rows}} } } }
                expect: { run: failed, steps: { act: failure }, effects: { act: 0, act.undo: 0 } }
            """
        );

        var act = result.Run!.Steps["act"];
        act.Class.ShouldBe(FailureClass.NotSent);
        act.Because.ShouldBe(
            "before: 'before.rows' takes 301.2 KB and was not kept: of a result 256 KB are kept; "
                + $"'{reader}' reads it once the step has acted, so the step does not begin. "
                + "Let 'before' bring less: a narrower query, fewer columns, a 'limit'"
        );
        result.Run!.LeftBehind.ShouldBeEmpty();
    }

    [Fact]
    public void What_nobody_reads_of_before_may_be_missing() =>
        Passes(
            """
            runbook: r
            steps:
              - id: act
                uses: test/once@1
                before: { uses: test/read@1, optional: true }
                check: { uses: test/read@1, done-when: "case(before == null, false, result.n > before.n)" }
                verify: true
                outputs: { n: "${{ before.n }}" }
            """,
            $$"""
            test: r
            cases:
              - name: c
                answers: { act.before: { outputs: { n: 1, rows: {{Rows}} } }, act.check: { outputs: { n: 2 } } }
                expect: { run: succeeded, effects: { act: 1 } }
            """
        );

    [Fact]
    public void A_before_of_which_nothing_is_kept_is_missing_also_where_only_asked_whether_there_is_one()
    {
        var result = Passes(
            """
            runbook: r
            steps:
              - { id: act, uses: test/once@1, before: { uses: test/read@1 }, expect: before != null }
            """,
            $$"""
            test: r
            cases:
              - name: c
                answers: { act.before: { outputs: {{Rows}} } }
                expect: { run: failed, effects: { act: 0 } }
            """
        );

        result.Run!.Steps["act"].Because!.ShouldStartWith("before: 'before' takes 301.2 KB and was not kept");
    }

    [Fact]
    public void The_largest_go_first_and_only_as_many_as_it_takes()
    {
        var (kept, cut) = Kept(
            new
            {
                a = new string('a', 100_000),
                b = Enumerable.Repeat("b", 50_000),
                c = new string('c', 90_000),
            }
        );

        cut.ShouldHaveSingleItem().Place.ShouldBe("/b");
        kept.GetProperty("a").GetString()!.Length.ShouldBe(100_000);
        kept.GetProperty("b").GetString().ShouldBe("… (cut: 200 KB, of a result 256 KB are kept)");
    }

    [Fact]
    public void What_has_no_member_to_leave_out_goes_as_a_whole()
    {
        foreach (
            var result in (object[])
                [
                    Enumerable.Repeat("row", 100_000),
                    Enumerable.Range(0, 10_000).ToDictionary(n => $"host-{n}", _ => new string('x', 50)),
                    Enumerable.Range(0, 100).ToDictionary(n => $"host-{n}", _ => new string('x', 50_000)),
                ]
        )
        {
            var (kept, cut) = Kept(result);
            cut.ShouldHaveSingleItem().Place.ShouldBe("");
            Should
                .Throw<ExpressionException>(() => Values.ToText(KeptValues.Of(kept, [], cut, "steps.look.outputs")))
                .Message.ShouldStartWith("'steps.look.outputs' takes ");
        }
    }

    [Fact]
    public void Of_a_text_people_see_the_beginning_and_no_half_of_a_secret()
    {
        const string Secret = "correct horse battery staple";
        var mask = new SecretMask([Secret]);
        var text = string.Concat(Enumerable.Repeat(Secret + " ", 20_000));
        var (kept, cut) = Kept(new { text, rows = 1 }, mask);

        var shown = kept.GetProperty("text").GetString()!;
        shown.ShouldStartWith("*** *** ");
        shown.ShouldEndWith("… (cut: 580 KB, of a result 256 KB are kept)");
        shown.ShouldNotContain("correct");
        Read(shows: true).ShouldBe("It wrote " + shown);
        Should.Throw<ExpressionException>(() => Read(shows: false)).Message.ShouldStartWith("'result.text' takes 580 KB");
        // Also there nobody decides by it.
        Should.Throw<ExpressionException>(() => Evaluated("contains(result.text, 'x')", shows: true));

        object? Read(bool shows) =>
            new Template.Mixed([new Template.Constant("It wrote "), new Template.Whole(Parsed("result.text"))]).Resolve(Scoped(shows));

        object? Evaluated(string expression, bool shows) => Parsed(expression).Evaluate(Scoped(shows));

        Scope Scoped(bool shows) => Scope.Of(new MapValue([KeyValuePair.Create("result", KeptValues.Of(kept, [], cut, "result", shows))]));
    }

    [Fact]
    public void What_is_nested_too_deep_is_left_out_by_name_and_the_rest_stays()
    {
        var (kept, cut) = Kept(
            new
            {
                deep = Nested(32),
                fits = Nested(31),
                n = 1,
            }
        );

        cut.ShouldHaveSingleItem().Place.ShouldBe("/deep");
        kept.GetProperty("deep").GetString().ShouldBe("… (cut: nested 33 levels deep, of a result 32 are kept)");
        kept.GetProperty("fits").ValueKind.ShouldBe(JsonValueKind.Array);
        Should
            .Throw<ExpressionException>(() =>
                Values.ToText(((MapValue)KeptValues.Of(kept, [], cut, "steps.look.outputs")!).Entries[0].Value)
            )
            .Message.ShouldStartWith(
                "'steps.look.outputs.deep' is nested 33 levels deep and was not kept: of a result 32 levels are kept. "
            );
        Kept(Nested(33)).Cut.ShouldHaveSingleItem().Place.ShouldBe("");
    }

    [Fact]
    public void What_an_answer_or_an_input_nests_deeper_than_the_log_can_hold_stops_nobody_else()
    {
        var deep = new string('[', 40) + new string(']', 40);
        var result = Passes(
            """
            runbook: r
            steps:
              - { id: look, uses: test/read@1, outputs: { doc: "${{ fromJSON(result.text) }}", n: "${{ len('ab') }}" } }
              - { id: reads, uses: test/once@1, with: { what: "${{ toJSON(steps.look.outputs.doc) }}" }, continue-on-error: true }
              - { id: counts, uses: test/idempotent@1, with: { what: "${{ steps.look.outputs.n }}" } }
            """,
            $$"""
            test: r
            cases:
              - name: c
                answers: { look: { outputs: { text: "{{deep}}" } } }
                expect: { run: succeeded, steps: { reads: failure }, effects: { reads: 0, counts: 1 } }
            """
        );

        result.Run!.Steps["reads"].Because!.ShouldStartWith("'steps.look.outputs.doc' is nested 41 levels deep");
    }

    [Fact]
    public void What_the_log_cannot_hold_is_no_input()
    {
        var definition = Bench.Read("runbook: r\ninputs: { rows: { type: list } }\nsteps: [ { id: act, uses: test/once@1 } ]");

        Resolved(31).ShouldBeEmpty();
        Resolved(32)
            .ShouldHaveSingleItem()
            .ShouldBe(new InputProblem("inputs.rows", "Array", "It must be nested at most 31 levels deep; it has 32."));

        IReadOnlyList<InputProblem> Resolved(int levels) =>
            InputResolver.Resolve(definition, JsonSerializer.SerializeToElement(new { rows = Nested(levels) }), null, null).Problems;
    }

    [Theory]
    [InlineData("""{"a":"\ud800"}""", "{\"a\":\"\ufffd\"}")]
    [InlineData("""{"a":"\udc00x"}""", "{\"a\":\"\ufffdx\"}")]
    [InlineData("""{"\ud800\n\udc00":1}""", "{\"\ufffd\\n\ufffd\":1}")]
    [InlineData("""{"a":"\ud83d\ude00","n":12345678901234567890}""", """{"a":"\ud83d\ude00","n":12345678901234567890}""")]
    [InlineData("""{"a":"\\ud800","n":12345678901234567890}""", """{"a":"\\ud800","n":12345678901234567890}""")]
    public void Half_of_a_surrogate_pair_is_kept_as_the_sign_for_it_and_nothing_else_changes(string result, string kept)
    {
        var shown = Shown
            .Of(
                new RunFact.StepEnded("look", 1, StepOutcome.Success, null, JsonElement.Parse(result), null, null),
                SecretMask.None,
                RunRoom.MostOfOne
            )
            .Outputs!.Value;

        JsonElement.DeepEquals(shown, JsonElement.Parse(kept)).ShouldBeTrue(shown.GetRawText());
        FactCatalog.Write(new RunFact.Ended(RunPhase.Succeeded, null, shown)).Length.ShouldBePositive();
    }

    [Fact]
    public void The_log_remembers_it_and_what_was_written_before_is_read()
    {
        var ended = new RunFact.StepEnded("look", 1, StepOutcome.Success, null, null, null, null)
        {
            Cut = [new CutMember("/rows", 300_000, 256_000)],
        };
        var json = JsonSerializer.Serialize(ended, FactJson.Options);

        json.ShouldContain(
            """
            "cut":[{"place":"/rows","size":300000,"most":256000,"isText":false}]
            """.Trim()
        );
        JsonSerializer.Deserialize<RunFact.StepEnded>(json, FactJson.Options)!.Cut.ShouldBe(ended.Cut);
        JsonSerializer
            .Deserialize<RunFact.StepEnded>("""{"step":"look","number":1,"outcome":"success","outputs":{"rows":null}}""", FactJson.Options)!
            .Cut.ShouldBeNull();
    }

    private static (JsonElement Outputs, IReadOnlyList<CutMember> Cut) Kept(object result, SecretMask? mask = null)
    {
        var ended = new RunFact.StepEnded("look", 1, StepOutcome.Success, null, JsonSerializer.SerializeToElement(result), null, null);
        var shown = Shown.Of(ended, mask ?? SecretMask.None, RunRoom.MostOfOne);
        return (shown.Outputs!.Value, shown.Cut!);
    }

    private static JsonElement Nested(int levels) => JsonElement.Parse(new string('[', levels) + new string(']', levels));

    private static Expression Parsed(string text) =>
        Expression.TryParse(text, new HashSet<string> { "result" }, out var expression, out var error)
            ? expression
            : throw new InvalidOperationException(error.Message);
}
