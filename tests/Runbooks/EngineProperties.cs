using CsCheck;
using Runbooks.Running;

namespace Tests.Runbooks;

/// <summary>What holds of any list of targets, any group and any order of undoing, whatever fails and wherever the process dies.</summary>
public sealed class EngineProperties
{
    private static readonly string[] Faults =
    [
        "fault: refused",
        "fault: not-sent",
        "fault: crash-before-call",
        "fault: crash-after-call",
        "fault: crash-after-result",
        "fault: reset-after-send",
        "slow: 7s",
        "slow: 1s",
        "outputs: { done: 1 }",
        "outputs: { done: 1 }",
        "outputs: { done: 1 }",
    ];

    private static readonly string[] Crashes = ["crash-before-call", "crash-after-call", "crash-after-result"];

    private static readonly Gen<(int Targets, int Parallel, int Errors, int First, string[] Answers)> Fleets =
        from targets in Gen.Int[1, 12]
        from parallel in Gen.Int[1, 5]
        from errors in Gen.Int[1, 5]
        from first in Gen.Int[1, 6]
        from answers in Gen.Int[0, Faults.Length - 1].Select(i => Faults[i]).Array[targets]
        select (targets, parallel, errors, first, answers);

    [Fact]
    public void A_fleet_never_goes_beyond_its_width_its_wave_and_its_budget_of_errors() =>
        Fleets.Sample(
            fleet =>
            {
                var result = Bench.Play(
                    $$"""
                    runbook: r
                    steps:
                      - id: each
                        for-each: [{{string.Join(", ", Enumerable.Range(0, fleet.Targets))}}]
                        max-parallel: {{fleet.Parallel}}
                        rate: { waves: [{{fleet.First}}, 100%], errors: {{fleet.Errors}} }
                        uses: test/once@1
                    limits: { on-unknown: stop }
                    """,
                    $$"""
                    test: r
                    cases:
                      - name: c
                        answers:
                    {{Answers("each", fleet.Answers)}}
                        expect: { timeline: [ "*" ] }
                    """
                );

                var run = result.Run.ShouldNotBeNull(Bench.Told(result));
                run.IsOver.ShouldBeTrue(Bench.Told(result));
                var attempts = Enumerable
                    .Range(0, fleet.Targets)
                    .Select(i => run.Steps.GetValueOrDefault($"each[{i}]")?.Attempts ?? [])
                    .ToList();
                attempts.ShouldAllBe(one => one.Count <= 1, "nothing is made twice without a decision");
                var moments = attempts.SelectMany(one => one).SelectMany(one => (long[])[one.StartedVersion, one.EndedVersion]).Order();
                foreach (var at in moments)
                    attempts
                        .Count(one => one.Exists(attempt => attempt.StartedVersion <= at && at < attempt.EndedVersion))
                        .ShouldBeLessThanOrEqualTo(fleet.Parallel);
                foreach (var later in attempts.Skip(Math.Min(fleet.First, fleet.Targets)).SelectMany(one => one))
                    attempts
                        .Take(fleet.First)
                        .ShouldAllBe(one => one.Count == 1 && one[0].EndedVersion < later.StartedVersion, "the first wave is over");
                foreach (var begun in attempts.SelectMany(one => one))
                    attempts
                        .SelectMany(one => one)
                        .Count(one => one.EndedVersion < begun.StartedVersion && one.Outcome is not StepOutcome.Success)
                        .ShouldBeLessThan(fleet.Errors, "no other target is begun once failures reach the budget");
            },
            iter: 100
        );

    [Fact]
    public void What_was_started_is_undone_once_each_in_reverse_order_wherever_the_process_dies() =>
        Gen.Select(Gen.Int[1, 6], Gen.Int[0, 2].Select(i => Crashes[i]), Gen.Int[0, 5])
            .Sample(
                (steps, fault, at) =>
                {
                    var dies = $"s{at % steps}.undo";
                    var result = Bench.Play(
                        $$"""
                        runbook: r
                        steps:
                        {{string.Join(
                            '\n',
                            Enumerable.Range(0, steps).Select(i => $"  - {{ id: s{i}, uses: test/once@1, undo: {{ uses: test/idempotent@1 }} }}")
                        )}}
                          - { id: fails, uses: test/once@1 }
                        """,
                        $$"""
                        test: r
                        cases:
                          - name: c
                            answers:
                              fails: { fault: refused }
                              {{dies}}: [ { fault: {{fault}} }, { outputs: { done: 1 } } ]
                            expect: { run: failed }
                        """
                    );

                    result.Problems.ShouldBeEmpty(Bench.Told(result));
                    var run = result.Run!;
                    Enumerable
                        .Range(0, steps)
                        .OrderBy(i => run.Steps[$"s{i}.undo"].Attempts[0].StartedVersion)
                        .ShouldBe(Enumerable.Range(0, steps).Reverse(), Bench.Told(result));
                    Enumerable
                        .Range(0, steps)
                        .ShouldAllBe(i => run.Steps[$"s{i}"].Attempts.Count == 1 && run.Steps[$"s{i}.undo"].Outcome == StepOutcome.Success);
                },
                iter: 60
            );

    [Fact]
    public void The_last_of_any_stops_that_changes_something_decides_whether_it_is_undone() =>
        Gen
            .Bool.Array[1, 5]
            .Sample(
                undos =>
                {
                    var result = Bench.Play(
                        """
                        runbook: r
                        steps:
                          - { id: a, uses: test/once@1, undo: { uses: test/once@1, approve: { need: 1 } } }
                          - { id: gate, approve: { need: 1 } }
                        finally: [ { id: last, approve: { need: 1 } } ]
                        """,
                        $$"""
                        test: r
                        cases:
                          - name: c
                            clicks:
                        {{string.Join(
                            '\n',
                            undos.Select((undo, i) => $"      - {{ decision: {(undo ? "stop-and-undo" : "stop")}, by: anna, after: {i + 1}m }}")
                        )}}
                              - { step: a.undo, decision: approve, by: ben, after: 10m }
                              - { step: last, decision: approve, by: ben, after: 20m }
                            expect: { run: cancelled }
                        """
                    );

                    // An undoing that was stopped is not begun again.
                    var first = Array.IndexOf(undos, true);
                    var undone = first >= 0 && undos.Skip(first).All(undo => undo);
                    var run = result.Run.ShouldNotBeNull(Bench.Told(result));
                    run.Phase.ShouldBe(RunPhase.Cancelled, Bench.Told(result));
                    (run.Steps.GetValueOrDefault("a.undo")?.Attempts.Count ?? 0).ShouldBe(undone ? 1 : 0, Bench.Told(result));
                    run.LeftBehind.Count.ShouldBe(undone ? 0 : 1, Bench.Told(result));
                },
                iter: 60
            );

    [Fact]
    public void No_two_runs_have_a_lock_and_whoever_asked_first_has_it_next() =>
        Gen.Select(Gen.Int[0, 7], Gen.Int[1, 7], Gen.Bool)
            .Array[1, 60]
            .Sample(
                moves =>
                {
                    var (book, asked, position) = (LockBook.Empty, new Dictionary<string, LockClaim>(StringComparer.Ordinal), 0L);
                    foreach (var (number, locks, asks) in moves)
                    {
                        var run = $"run-{number}";
                        if (asks && !asked.ContainsKey(run))
                        {
                            var names = Enumerable
                                .Range(0, 3)
                                .Where(bit => (locks & (1 << bit)) != 0)
                                .Select(bit => $"lock {bit}")
                                .ToList();
                            var wanted = new RunFact.LocksWanted("", names) { Position = ++position };
                            (book, var answer) = LockAnswers.Ask(book, run, wanted);
                            answer.ShouldNotBeOfType<RunFact.LocksRefused>("who asks for all at once never waits in a circle");
                            asked[run] = new LockClaim(run, "", names, position);
                        }
                        else if (!asks && asked.Remove(run, out _))
                        {
                            (book, var granted) = book.Without(run, null);
                            granted.ShouldAllBe(claim => book.Holds(claim));
                        }

                        var holders = asked.Values.Where(book.Holds).ToList();
                        holders.SelectMany(claim => claim.Locks).ShouldBeUnique();
                        // Whoever waits, waits for somebody who asked before.
                        foreach (var waits in asked.Values.Where(claim => !book.Holds(claim)))
                            book.Behind(waits.Run).ShouldAllBe(behind => behind.Holder.Position < waits.Position);
                        if (asked.Count > 0)
                            holders.ShouldNotBeEmpty("somebody always goes on");
                    }
                },
                iter: 300
            );

    private static string Answers(string step, IEnumerable<string> answers) =>
        string.Join('\n', answers.Select((answer, i) => $"      \"{step}[{i}]\": {{ {answer} }}"));
}
