using System.Globalization;
using System.Text.Json;
using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Running;
using static Tests.Runbooks.Bench;

namespace Tests.Runbooks;

/// <summary>A <c>for-each</c> inside another multiplies what each of them may; a run as a whole has bounds all the same.</summary>
public sealed class RunSizeTests
{
    [Fact]
    public void No_more_targets_are_under_way_than_one_for_each_may_ask_for()
    {
        var result = Play(Outer(items: 40, parallel: 40), Slow(effects: 1600), Inner(items: 40, parallel: 40));

        result.Problems.ShouldBeEmpty(Told(result));
        // All 1,600 at once would be over after 10 s.
        result.Events[^1].At.ShouldBe(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Outer_targets_never_wait_for_inner_ones_that_wait_for_them()
    {
        var result = Play(Outer(items: 1000, parallel: 1000), Slow(effects: 2000), Inner(items: 2, parallel: 2));

        result.Problems.ShouldBeEmpty(Told(result));
    }

    [Fact]
    public void A_run_that_is_full_starts_no_other_target_and_says_so()
    {
        var many = Enumerable
            .Range(0, RunSize.MostSteps)
            .Select(i => KeyValuePair.Create(string.Create(CultureInfo.InvariantCulture, $"x{i}"), StepState.Fresh));

        var turn = PlannedOn(state => state with { Steps = state.Steps.AddRange(many) });

        turn.Calls.ShouldBeEmpty();
        var end = turn.Facts.OfType<RunFact.StepEnded>().ShouldHaveSingleItem();
        end.Outcome.ShouldBe(StepOutcome.Failure);
        end.Because.ShouldBe("the run has 100,000 steps, and no run may have more: start several runs; 2 of 2 targets were not started");
    }

    [Fact]
    public void A_run_that_holds_too_much_starts_no_other_target_but_one_from_before_there_was_a_bound_goes_on()
    {
        var turn = PlannedOn(state => state with { Kept = RunSize.MostHeld });

        turn.Calls.ShouldBeEmpty();
        turn.Facts.OfType<RunFact.StepEnded>()
            .ShouldHaveSingleItem()
            .Because.ShouldBe(
                "the run holds 256 MB of what its steps have brought, and no run may hold more: let 'before' and 'check' bring less, "
                    + "or start several runs; 2 of 2 targets were not started"
            );
        PlannedOn(state => state with { Kept = RunSize.MostHeld, Bounded = false }).Calls.ShouldHaveSingleItem();
    }

    private static Turn PlannedOn(Func<RunState, RunState> change)
    {
        var definition = Read("runbook: r\nsteps: [ { id: each, for-each: [a, b], uses: test/once@1 } ]");
        var books = Bench.Books(definition);
        var state = RunState.Evolve("run-1", null, Started(definition), default);
        state = RunState.Evolve("run-1", state, new RunFact.TargetsResolved("each", JsonElement.Parse("""["a","b"]""")), default);
        return Planner.Next(new PlanView(books, Bench.Actions, change(state), default, 0, null, _ => false, _ => false));
    }

    private static RunFact.Started Started(RunbookDefinition definition) =>
        new(definition.Name, definition.Hash, JsonElement.Parse("{}"), null, null, "system", "one", Epoch: 1, Bounded: true);

    private static string Outer(int items, int parallel) =>
        $"runbook: r\nsteps: [ {{ id: outer, for-each: [{List(items)}], max-parallel: {parallel}, runbook: inner }} ]";

    private static string Inner(int items, int parallel) =>
        $"runbook: inner\nsteps: [ {{ id: act, for-each: [{List(items)}], max-parallel: {parallel}, uses: test/once@1 }} ]";

    private static string List(int items) => string.Join(", ", Enumerable.Range(0, items));

    private static string Slow(int effects) =>
        $"test: r\ncases: [ {{ name: c, answers: {{ \"outer/act\": {{ slow: 10s }} }}, expect: {{ run: succeeded, effects: {{ \"outer/act\": {effects} }} }} }} ]";
}
