using System.Text.Json;
using Tests.Cli;

namespace Tests.Library;

/// <summary>
/// <c>plan</c> of each runbook that ships, on real servers that are ill: it reads them, names every call that would change something, and the
/// servers' own counters say that nothing was changed.
/// </summary>
public sealed class LibraryPlanTests
{
    public static TheoryData<string, string> Plans()
    {
        var data = new TheoryData<string, string>();
        var stages = PlanStage.All().ToLookup(stage => stage.Runbook, stage => stage.GetType().Name);
        foreach (var name in Shipped.Names)
        {
            foreach (var stage in stages[name].DefaultIfEmpty("none"))
                data.Add(name, stage);
        }

        return data;
    }

    [SkippableTheory]
    [MemberData(nameof(Plans))]
    public async Task A_plan_names_what_it_would_change_and_changes_nothing(string runbook, string stage)
    {
        await using var on =
            PlanStage.All().SingleOrDefault(one => one.GetType().Name == stage)
            ?? throw new InvalidOperationException($"{runbook} is planned on no server: give it a {nameof(PlanStage)}.");
        await on.SetUpAsync();
        var before = await on.WrittenAsync();
        var asked = on.Asked;

        var typed = await Typed.InProcessAsync(
            on.Environment,
            [
                "runbook",
                "plan",
                Shipped.FileOf(runbook),
                .. on.Inputs.SelectMany(input => new[] { "--input", $"{input.Key}={input.Value}" }),
                "--format",
                "json",
            ]
        );

        typed.Exit.ShouldBe(0, typed.ToString());
        typed.Output.ShouldNotContain(PlanStage.Secret);
        Names(typed, on.Acts);
        on.Shows.ShouldAllBe(text => typed.Output.Contains(text, StringComparison.Ordinal), typed.Output);
        (await on.WrittenAsync()).ShouldBe(before);
        if (asked is not null)
            on.Asked!.Value.ShouldBeGreaterThan(asked.Value, "what it reads is asked of the target");
    }

    [Fact]
    public void Each_stage_is_of_a_runbook_that_ships() => PlanStage.All().Select(stage => stage.Runbook).ShouldBeSubsetOf(Shipped.Names);

    private static void Names(Typed typed, IReadOnlyList<(string Step, string Says)> acts)
    {
        var steps = typed.Json.GetProperty("steps").EnumerateArray().ToList();
        // Of a step whose arguments are not known before it runs, the effect may not be either; it is named all the same.
        var planned = steps
            .Where(step => Outcome(step) is not "skipped")
            .Where(step => acts.Any(act => act.Step == Id(step)) || (Id(step) is not "note" && Effect(step) is not (null or "read")))
            .ToList();
        planned.Select(Id).ShouldBe(acts.Select(act => act.Step), typed.Output);
        foreach (var (step, (_, says)) in planned.Zip(acts))
        {
            step.GetProperty("call").GetString()!.ShouldContain(says, Case.Insensitive, typed.Output);
            Outcome(step).ShouldBeNull(typed.Output);
        }

        // Up to there it has really looked.
        steps.TakeWhile(step => Id(step) != acts[0].Step).Select(Outcome).ShouldAllBe(outcome => outcome != "failure", typed.Output);
        steps.Select(Outcome).First().ShouldBe("success", typed.Output);
    }

    private static string Id(JsonElement step) => step.GetProperty("step").GetString()!;

    private static string? Effect(JsonElement step) => step.GetProperty("effect").GetString();

    private static string? Outcome(JsonElement step) => step.TryGetProperty("outcome", out var outcome) ? outcome.GetString() : null;
}
