using System.Text;
using System.Text.Json;
using Bot.Desk;
using Bot.Log;
using Runbooks.Expressions;
using Runbooks.Running;
using Runbooks.Secrets;
using static Tests.Runbooks.Bench;

namespace Tests.Runbooks;

/// <summary>What all results of a run take together is bounded, and what is cut by that is never nothing for who reads it.</summary>
public sealed class RunRoomTests
{
    private static string Rows { get; } = $"[{string.Join(", ", Enumerable.Repeat($"{{ name: {new string('x', 4_000)} }}", 50))}]";

    [Fact]
    public void Of_many_large_results_the_first_are_kept_and_of_the_rest_what_is_small()
    {
        var result = Passes(
            """
            runbook: r
            inputs: { hosts: { type: list, required: true } }
            steps:
              - id: look
                for-each: "${{ inputs.hosts }}"
                uses: test/read@1
                expect: len(result.rows) == 50
              - { id: first, uses: test/once@1, with: { what: "${{ len(steps.look.items[0].outputs.rows) }}" } }
              - { id: last, uses: test/once@1, with: { what: "${{ len(steps.look.items[79].outputs.rows) }}" }, continue-on-error: true }
              - { id: small, uses: test/once@1, with: { what: "${{ steps.look.items[79].outputs.status }}" } }
            outputs: { all: "${{ steps.look.items[0].outputs }}" }
            """,
            $$"""
            test: r
            cases:
              - name: c
                inputs: { hosts: [{{string.Join(", ", Enumerable.Range(0, 80))}}] }
                answers: { look: { outputs: { status: 200, rows: {{Rows}} } } }
                expect: { run: succeeded, steps: { last: failure }, effects: { first: 1, last: 0, small: 1 } }
            """
        );

        var run = result.Run!;
        run.Kept.ShouldBeInRange(12_000_000, RunRoom.Most);
        run.Kept.ShouldBe(run.Steps.Values.Sum(step => step.Kept));
        run.Steps["last"].Because!.ShouldStartWith("'steps.look[79].outputs.rows' takes 200.6 KB and was not kept: of this result ");
        run.Steps["last"].Because!.ShouldContain("of the 16 MB that the results of one run may take");
        run.Steps["look[79]"].Outputs!.Value.GetProperty("rows").GetString()!.ShouldStartWith("… (cut: 200.6 KB, of this result ");
    }

    [Fact]
    public void Looks_are_kept_whole_however_little_room_the_results_have_left()
    {
        var result = Passes(
            """
            runbook: r
            inputs: { hosts: { type: list, required: true } }
            steps:
              - { id: look, for-each: "${{ inputs.hosts }}", uses: test/read@1 }
              - id: act
                uses: test/once@1
                before: { uses: test/read@1 }
                check: { uses: test/read@1, done-when: len(result.rows) == 50 && len(before.rows) == 50 }
                verify: true
                outputs: { name: "${{ before.rows[0].name }}" }
                undo: { uses: test/once@1, with: { what: "${{ steps.act.outputs.name }}" } }
              - { id: fails, uses: test/once@1, expect: false }
            """,
            $$"""
            test: r
            cases:
              - name: c
                inputs: { hosts: [{{string.Join(", ", Enumerable.Range(0, 200))}}] }
                answers:
                  look: { outputs: { rows: {{Rows}} } }
                  act.before: { outputs: { rows: {{Rows}} } }
                  act.check: { outputs: { rows: {{Rows}} } }
                expect: { run: failed, steps: { act: success, act.undo: success }, effects: { act: 1, act.undo: 1 } }
            """
        );

        var run = result.Run!;
        RunRoom.For(run, "act").ShouldBeLessThan(200_000);
        run.Steps["act.check"].Cut.ShouldBeEmpty();
        // What an attempt goes by is what its look has found, and is held once.
        run.Steps["act.before"].Outputs.ShouldBe(run.Steps["act"].Attempts[0].Before);
        run.Steps["act.before"].Kept.ShouldBe(0);
        run.Steps["act"].AttemptsSize.ShouldBeInRange(200_000, 201_000);
        run.Kept.ShouldBe(run.Steps.Values.Sum(step => step.Kept));
    }

    [Fact]
    public void What_called_runbooks_bring_takes_of_the_same_room_also_where_they_end_at_once()
    {
        var result = Passes(
            """
            runbook: r
            inputs: { hosts: { type: list, required: true } }
            steps:
              - { id: look, uses: test/read@1 }
              - id: calls
                for-each: "${{ inputs.hosts }}"
                max-parallel: 100
                runbook: called
                with: { name: "${{ steps.look.outputs.rows[0].name }}" }
              - { id: last, uses: test/once@1, with: { what: "${{ len(steps.calls.items[79].outputs.rows) }}" }, continue-on-error: true }
              - { id: small, uses: test/once@1, with: { what: "${{ steps.calls.items[79].outputs.n }}" } }
            """,
            $$"""
            test: r
            cases:
              - name: c
                inputs: { hosts: [{{string.Join(", ", Enumerable.Range(0, 80))}}] }
                answers: { look: { outputs: { rows: {{Rows}} } } }
                expect: { run: succeeded, steps: { last: failure }, effects: { last: 0, small: 1 } }
            """,
            $$$"""
            runbook: called
            inputs: { name: { type: string, required: true } }
            steps: [ { id: no, uses: test/read@1, if: false } ]
            outputs: { rows: "{{{string.Concat(Enumerable.Repeat("${{ inputs.name }}", 50))}}}", n: "${{ len(inputs.name) }}" }
            """
        );

        var run = result.Run!;
        run.Kept.ShouldBeInRange(12_000_000, RunRoom.Most);
        run.Steps["last"].Because!.ShouldStartWith("'steps.calls[79].outputs.rows' takes 200 KB and was not kept: ");
        run.Steps["last"].Because!.ShouldContain(" may take. Bring less of it by 'outputs'.");
    }

    [Fact]
    public void What_is_handed_on_has_its_own_room_and_a_step_that_would_take_more_fails_and_says_so()
    {
        var result = Passes(
            """
            runbook: r
            inputs: { hosts: { type: list, required: true } }
            steps:
              - { id: look, uses: test/read@1 }
              - id: calls
                for-each: "${{ inputs.hosts }}"
                max-parallel: 100
                continue-on-error: true
                runbook: called
                with: { rows: "${{ steps.look.outputs.rows }}" }
              - { id: after, for-each: [1, 2], uses: test/once@1 }
            """,
            $$"""
            test: r
            cases:
              - name: c
                inputs: { hosts: [{{string.Join(", ", Enumerable.Range(0, 90))}}] }
                answers: { look: { outputs: { rows: {{Rows}} } } }
                expect: { run: succeeded, steps: { after: success } }
            """,
            """
            runbook: called
            inputs: { rows: { type: list, required: true } }
            steps: [ { id: no, uses: test/read@1, if: false } ]
            """
        );

        var run = result.Run!;
        run.Given.ShouldBeInRange(15_500_000, RunRoom.Most);
        run.Given.ShouldBe(run.Steps.Values.Sum(step => step.GivenSize));
        run.Steps["calls[70]"].Outcome.ShouldBe(StepOutcome.Success);
        run.Steps["calls[89]"].Class.ShouldBe(FailureClass.NotSent);
        run.Steps["calls[89]"]
            .Because.ShouldBe(
                "200.7 KB would be handed on, and the lists of 'for-each' and the inputs of called runbooks may take 16 MB in one run: "
                    + "hand on less, or start several runs"
            );
    }

    [Fact]
    public async Task What_a_check_has_found_and_a_step_has_no_room_for_is_told_once()
    {
        var bench = new OneRun(
            runbook: $$"""
            runbook: r
            steps:
              - { id: look, for-each: [{{string.Join(", ", Enumerable.Range(0, 100))}}], uses: test/moves@1 }
              - { id: act, uses: test/moves@1, check: { uses: test/moves@1, first: true } }
            """,
            answers: call =>
                call.Step == "act.check"
                    ? new { Large = new string('x', 300_000), Rows = new string('x', 240_000) }
                    : new string('x', 250_000)
        );

        var act = (await bench.DriveAsync()).Steps["act"];

        act.Outcome.ShouldBe(StepOutcome.Skipped);
        act.Cut.Select(one => one.Place).ShouldBe(["/large", "/rows"], ignoreOrder: true);
        bench.Lines.Where(line => line.StartsWith("'large'", StringComparison.Ordinal)).ShouldHaveSingleItem();
        bench
            .Lines.Where(line =>
                line.StartsWith("'rows' of the result takes 240 KB and was not kept: of this result ", StringComparison.Ordinal)
            )
            .ShouldHaveSingleItem();
    }

    [Fact]
    public void A_run_from_before_there_was_a_bound_hands_on_as_it_began()
    {
        var older = Read("""{"runbook":"r","hash":"","inputs":{},"startedBy":"user:ann","node":"one","epoch":1}""");

        RunRoom.Takes(RunState.Evolve("run-1", null, older, default) with { Given = 20_000_000 }, 0, 3_000).ShouldBeTrue();
        RunRoom.Takes(Began() with { Given = 20_000_000 }, 0, 3_000).ShouldBeFalse();

        static RunFact.Started Read(string json) => JsonSerializer.Deserialize<RunFact.Started>(json, FactJson.Options)!;
    }

    [Fact]
    public void What_a_run_itself_brings_is_bounded_as_one_result_and_told()
    {
        var result = Passes(
            """
            runbook: r
            steps: [ { id: look, uses: test/read@1 } ]
            outputs: { twice: "${{ toJSON(steps) }}${{ toJSON(steps) }}", n: "${{ len(steps.look.outputs.rows) }}" }
            """,
            $$"""
            test: r
            cases:
              - name: c
                answers: { look: { outputs: { rows: {{Rows}} } } }
                expect: { run: succeeded }
            """
        );

        var outputs = result.Run!.Outputs!.Value;
        outputs.GetProperty("n").GetInt32().ShouldBe(50);
        outputs.GetProperty("twice").GetString()!.ShouldEndWith("KB, of a result 256 KB are kept)");
        result.Events.Select(one => one.Fact).OfType<RunFact.Ended>().Single().Cut!.ShouldHaveSingleItem().Place.ShouldBe("/twice");
    }

    [Fact]
    public void However_many_results_there_are_they_take_no_more_than_the_budget_and_a_little_each()
    {
        foreach (var (count, size) in ((int, int)[])[(10_000, 250_000), (10_000, 20_000), (100_000, 3_000), (100_000, 300)])
        {
            var (run, kept) = (Began(), 0);
            for (var i = 0; i < count; i++)
            {
                var room = RunRoom.For(run, $"look[{i}]");
                if (size <= room)
                    kept++;
                run = run with { Kept = run.Kept + Math.Min(size, room) };
            }

            run.Kept.ShouldBeLessThan(RunRoom.Most + (count * 2_000L));
            kept.ShouldBeGreaterThan(size <= 300 ? count - 1 : 45);
        }
    }

    [Fact]
    public void Where_there_is_little_room_the_notices_of_what_is_left_out_fit_in_it()
    {
        var large = Enumerable.Range(0, 15).ToDictionary(n => $"text-{n}", _ => new string('x', 5_000));
        foreach (var room in (int[])[2_000, 10_000, 100_000, RunRoom.MostOfOne])
        {
            var ended = Ended("look", 1, JsonSerializer.SerializeToElement(large));
            Shown.Of(ended, SecretMask.None, room).Outputs!.Value.GetRawText().Length.ShouldBeLessThanOrEqualTo(room);
        }
    }

    [Fact]
    public void What_is_kept_is_counted_the_same_live_and_from_the_log()
    {
        var found = JsonElement.Parse("""{ "é": [1.50, "\u00e4\ud83d\ude00\u0022\\\n ü"],   "n" : null }""");
        RunFact[] facts =
        [
            new RunFact.StepStarted("act.before", 1, StepEffect.Read, "", null, default, null),
            Ended("act.before", 1, found),
            new RunFact.StepStarted("act", 1, StepEffect.Once, "", null, default, found),
            Ended("act", 1, Values.ToJson("äöü \"quoted\" 😀")) with
            {
                Because = "no",
            },
        ];
        var (live, again) = (Began(), Began());
        foreach (var fact in facts)
        {
            live = RunState.Evolve(live.Id, live, fact, default);
            FactFamilies
                .Catalog.TryRead(FactFamilies.Catalog.NameOf(fact), Encoding.UTF8.GetString(FactCatalog.Write(fact)), out var read)
                .ShouldBeTrue();
            again = RunState.Evolve(again.Id, again, (RunFact)read!, default);
        }

        live.Kept.ShouldBeGreaterThan(50);
        again.Kept.ShouldBe(live.Kept);
    }

    [Fact]
    public void What_is_replaced_looked_at_anew_or_done_again_makes_room()
    {
        var rows = JsonSerializer.SerializeToElement(new { rows = new string('x', 100_000) });
        var run = Began();
        Add(new RunFact.StepStarted("act.check", 1, StepEffect.Read, "", null, default, null));
        Add(Ended("act.check", 1, rows));
        Add(Ended("act", 0, rows));
        Add(Ended("act", 0, rows));
        run.Kept.ShouldBeInRange(200_000, 201_000);

        Add(new RunFact.StepStarted("act.check", 2, StepEffect.Read, "", null, default, null));
        run.Kept.ShouldBeInRange(100_000, 101_000);

        Add(new RunFact.TargetsResolved("all", JsonElement.Parse("[1, 2, 3]")));
        Add(new RunFact.CallStarted("act", rows));
        run.Given.ShouldBeInRange(100_010, 101_000);

        Add(new RunFact.Ended(RunPhase.Failed, null, null));
        Add(new RunFact.RetriedFrom("act", "user:ann", null, ["act"], "one", 2));
        (run.Kept, run.Given).ShouldBe((0, run.Steps["all"].GivenSize));

        void Add(RunFact fact) => run = RunState.Evolve(run.Id, run, fact, default);
    }

    private static RunState Began() =>
        RunState.Evolve(
            "run-1",
            null,
            new RunFact.Started("r", "hash", JsonElement.Parse("{}"), null, null, "user:ann", "one", 1, null, Bounded: true),
            default
        );

    private static RunFact.StepEnded Ended(string step, int number, JsonElement outputs) =>
        new(step, number, StepOutcome.Success, null, outputs, null, null);
}
