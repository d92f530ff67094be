using System.Text.Json;
using Runbooks.Planning;
using Runbooks.Running;
using static Tests.Runbooks.Bench;

namespace Tests.Runbooks;

/// <summary>Whoever stops a run at one step of it stops all of it: what is under way comes to its end, and nothing else begins.</summary>
public sealed class StopTests
{
    private const string Beside = """
        steps:
          - id: both
            parallel:
              - { id: left, uses: test/once@1 }
              - { id: right, runbook: other }
        """;

    private const string Other = """
        runbook: other
        steps: [ { id: first, uses: test/once@1 }, { id: rest, wait: { for: 10m } }, { id: act, uses: test/once@1 } ]
        """;

    [Theory]
    [InlineData("rate: { errors: 100% }", "'t[0]': 1, 't[1]': 0, 't[2]': 0, after: 0, last: 1")]
    [InlineData("continue-on-error: true", "'t[0]': 1, 't[1]': 0, 't[2]': 0, after: 0, last: 1")]
    public void Of_a_list_no_other_target_begins(string goesOn, string effects) =>
        Passes(
            $$"""
            runbook: r
            steps:
              - { id: t, uses: test/once@1, for-each: [a, b, c], {{goesOn}} }
              - { id: after, uses: test/once@1 }
            finally: [ { id: last, uses: test/once@1 } ]
            """,
            $$"""
            test: r
            cases:
              - name: c
                answers: { t: { items: [ { fault: reset-after-send } ] } }
                clicks: [ { step: "t[0]", decision: stop, by: anna } ]
                expect: { run: failed, effects: { {{effects}} }, timeline: [ "*stopped by anna*" ] }
            """
        );

    [Fact]
    public void What_was_begun_is_undone_and_nothing_else_is_begun_before() =>
        Passes(
            """
            runbook: r
            steps: [ { id: t, uses: test/once@1, undo: { uses: test/once@1 }, for-each: [a, b, c], rate: { errors: 100% } } ]
            """,
            """
            test: r
            cases:
              - name: c
                answers: { t: { items: [ { outputs: { ok: true } }, { fault: reset-after-send } ] } }
                clicks: [ { step: "t[1]", decision: stop-and-undo, by: anna }, { step: "t[1].undo", decision: happened, by: anna } ]
                expect: { run: failed, effects: { "t[0]": 1, "t[1]": 1, "t[2]": 0, "t[0].undo": 1, "t[1].undo": 1, "t[2].undo": 0 } }
            """
        );

    [Fact]
    public void Of_a_group_no_member_goes_on_to_what_comes_next() =>
        Passes(
            "runbook: r\n" + Beside,
            """
            test: r
            cases:
              - name: c
                answers: { left: { fault: reset-after-send } }
                clicks: [ { step: left, decision: stop, by: anna } ]
                expect: { run: failed, steps: { left: unknown, right/rest: cancelled }, effects: { right/first: 1, right/act: 0 } }
            """,
            Other
        );

    [Fact]
    public void A_list_that_was_cut_short_is_no_success_and_is_gone_on_with() =>
        Passes(
            """
            runbook: r
            steps: [ { id: hosts, runbook: host, for-each: [a, b], max-parallel: 2, with: { host: "${{ item }}" } } ]
            """,
            """
            test: r
            cases:
              - name: c
                answers:
                  hosts[0]/first: [ { fault: reset-after-send }, { outputs: { ok: true } } ]
                  hosts[1]/each[0].check: [ { outputs: { ok: false } }, { outputs: { ok: true } } ]
                  hosts[1]/each[1].check: { outputs: { ok: true } }
                clicks:
                  - { step: "hosts[0]/first", decision: stop, by: anna }
                  - { step: hosts, decision: retry, by: anna }
                expect: { run: succeeded, effects: { "hosts[0]/first": 2, "hosts[1]/each[1]": 1 }, timeline: [ "*1 of 2 targets were not started*" ] }
            """,
            """
            runbook: host
            inputs: { host: { type: string } }
            steps:
              - { id: first, uses: test/once@1, if: inputs.host == 'a' }
              - id: each
                uses: test/once@1
                if: inputs.host == 'b'
                for-each: [1, 2]
                verify: true
                check: { uses: test/read@1, settle: 1m, done-when: result.ok }
            """
        );

    [Fact]
    public void What_runs_whatever_happened_has_its_retries_and_undoes_nothing() =>
        Passes(
            """
            runbook: r
            steps: [ { id: act, uses: test/once@1 } ]
            finally: [ { id: clean, runbook: tidy } ]
            """,
            """
            test: r
            cases:
              - name: c
                answers: { act: { fault: reset-after-send }, clean/rm: [ { fault: refused }, { outputs: { ok: true } } ] }
                clicks: [ { step: act, decision: stop, by: anna } ]
                expect: { run: failed, steps: { clean: success }, effects: { clean/rm: 2 } }
            """,
            """
            runbook: tidy
            steps: [ { id: rm, uses: test/once@1, retry: { attempts: 3, delay: 1s, on: [refused] } } ]
            """
        );

    [Fact]
    public void Stopped_in_the_end_of_a_called_runbook_nothing_is_undone() =>
        Passes(
            "runbook: r\nsteps: [ { id: call, runbook: other } ]",
            """
            test: r
            cases:
              - name: c
                answers: { call/last: { fault: reset-after-send } }
                clicks: [ { step: call/last, decision: stop, by: anna } ]
                expect: { run: failed, effects: { call/work: 1, call/work.undo: 0 } }
            """,
            """
            runbook: other
            steps: [ { id: work, uses: test/once@1, undo: { uses: test/once@1 } } ]
            finally: [ { id: last, uses: test/once@1 } ]
            """
        );

    [Fact]
    public void What_is_under_way_comes_to_its_end()
    {
        var definition = Read(
            "runbook: r\nsteps: [ { id: t, uses: test/once@1, for-each: [a, b, c], max-parallel: 2, rate: { errors: 100% } } ]"
        );
        var books = Books(definition);
        var state = new RunFact[]
        {
            new RunFact.Started("r", definition.Hash, JsonElement.Parse("{}"), null, null, "user:anna", "one", Epoch: 1),
            new RunFact.TargetsResolved("t", JsonElement.Parse("""["a", "b", "c"]""")),
            Begun("t[0]"),
            Begun("t[1]"),
            new RunFact.StepEnded("t[0]", 1, StepOutcome.Unknown, FailureClass.Unknown, null, "lost", null),
            new RunFact.StepWaits("t[0]", WaitKind.Unknown, "hash", [], "Did it happen?", null, null),
            new RunFact.Decided("t[0]", RunDecision.Stop, "user:ben", null, "hash", null),
        }.Aggregate((RunState?)null, (known, fact) => RunState.Evolve("run-1", known, fact, DateTimeOffset.UnixEpoch))!;

        var turn = Planner.Next(new PlanView(books, Bench.Actions, state, default, 0, null, _ => false, path => path is "t[1]"));

        turn.Facts.ShouldHaveSingleItem().ShouldBeOfType<RunFact.StepEnded>().Step.ShouldBe("t[0]");
        turn.Interrupts.ShouldBeEmpty();
        turn.Calls.ShouldBeEmpty();

        static RunFact.StepStarted Begun(string path) => new(path, 1, StepEffect.Once, "", null, default, null);
    }

    [Fact]
    public void Whoever_wants_it_undone_late_does_not_have_it_undone_beside_its_last_steps()
    {
        var books = Books(
            Read(
                """
                runbook: r
                steps: [ { id: a, uses: test/once@1, undo: { uses: test/once@1 } } ]
                finally: [ { id: last, uses: test/once@1 }, { id: tell, uses: test/once@1 } ]
                """
            )
        );
        RunState? state = null;
        state = Evolved(
            new RunFact.Started("r", "hash", JsonElement.Parse("{}"), null, null, "user:anna", "one", Epoch: 1),
            Begun("a"),
            new RunFact.StepEnded("a", 1, StepOutcome.Success, null, null, null, null),
            new RunFact.CancelRequested("anna", "enough"),
            Begun("last"),
            new RunFact.CancelRequested("ben", "and undo it", Undo: true)
        );

        Next("last").Facts.ShouldBeEmpty();
        // A process that died leaves it open: then it is settled first.
        Next("").Facts.ShouldHaveSingleItem().ShouldBeOfType<RunFact.StepEnded>().Step.ShouldBe("last");
        state = Evolved(new RunFact.StepEnded("last", 1, StepOutcome.Success, null, null, null, null));
        Next("").Facts.ShouldHaveSingleItem().ShouldBeOfType<RunFact.UndoStarted>();

        RunState Evolved(params IEnumerable<RunFact> facts) =>
            facts.Aggregate(state, (known, fact) => RunState.Evolve("run-1", known, fact, DateTimeOffset.UnixEpoch))!;
        Turn Next(string inFlight) =>
            Planner.Next(new PlanView(books, Bench.Actions, state!, default, 0, null, _ => true, path => path == inFlight));
        static RunFact.StepStarted Begun(string path) => new(path, 1, StepEffect.Once, "", null, default, null);
    }

    [Fact]
    public void Who_stops_what_is_stopped_and_to_be_undone_takes_the_undoing_back()
    {
        var begun = new RunFact.Started("r", "hash", JsonElement.Parse("{}"), null, null, "user:anna", "one", Epoch: 1);
        var (stop, undo) = (new RunFact.CancelRequested("anna", "enough"), new RunFact.CancelRequested("anna", "enough", Undo: true));
        var atStep = new RunFact.Decided("a", RunDecision.StopAndUndo, "anna", null, null, null);

        After(undo, stop).UndoWanted.ShouldBeFalse();
        After(stop, undo).UndoWanted.ShouldBeTrue();
        After(atStep, stop).UndoWanted.ShouldBeTrue("the rest is only stopped sooner");
        After(atStep, stop).IsChangedBy(stop).ShouldBeTrue();
        After(undo).IsChangedBy(undo).ShouldBeFalse();
        After(stop).IsChangedBy(stop).ShouldBeFalse();

        RunState After(params IEnumerable<RunFact> facts) =>
            facts
                .Prepend(begun)
                .Aggregate((RunState?)null, (known, fact) => RunState.Evolve("run-1", known, fact, DateTimeOffset.UnixEpoch))!;
    }

    [Fact]
    public void Where_the_runbook_stops_on_what_is_unknown_no_other_target_begins() =>
        Passes(
            """
            runbook: r
            limits: { on-unknown: stop }
            steps: [ { id: t, uses: test/once@1, for-each: [a, b], rate: { errors: 100% } } ]
            """,
            """
            test: r
            cases:
              - name: c
                answers: { t: { items: [ { fault: reset-after-send } ] } }
                expect: { run: failed, effects: { "t[0]": 1, "t[1]": 0 } }
            """
        );

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Only_where_the_runbook_wants_it_an_unknown_end_halts_the_rest(bool halts) =>
        // Without it stands the end of a step whose called runbook's own time is over.
        new RunFact[]
        {
            new RunFact.Started("r", "hash", JsonElement.Parse("{}"), null, null, "user:anna", "one", Epoch: 1),
            new RunFact.StepEnded("call/act", 0, StepOutcome.Unknown, null, null, "its time is over", null, EndsRun: true, Halts: halts),
        }
            .Aggregate((RunState?)null, (known, fact) => RunState.Evolve("run-1", known, fact, DateTimeOffset.UnixEpoch))!
            .Halted.ShouldBe(halts ? "stopped, as nobody knows whether 'call/act' happened" : null);

    [Fact]
    public void Where_the_runbook_stops_on_what_is_unknown_nothing_beside_it_goes_on() =>
        Passes(
            "runbook: r\nlimits: { on-unknown: stop }\n" + Beside,
            """
            test: r
            cases:
              - name: c
                answers: { left: { fault: reset-after-send } }
                expect:
                  run: failed
                  steps: { left: unknown, right/rest: cancelled }
                  effects: { left: 1, right/first: 1, right/act: 0 }
                  timeline: [ "*nobody knows whether 'left' happened*" ]
            """,
            Other
        );
}
