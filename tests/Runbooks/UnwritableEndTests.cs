using System.Text.Json;
using Bot.Log;
using Runbooks.Expressions;
using Runbooks.Planning;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Tests.Runbooks;

/// <summary>Whatever comes of an attempt is on the log, if need be without what it brought: else its target is called again, and again.</summary>
public sealed class UnwritableEndTests
{
    [Fact]
    public async Task An_end_that_the_journal_cannot_write_is_recorded_without_its_outputs()
    {
        var bench = new OneRun(fact => fact is RunFact.StepEnded ended && ended.Outputs?.ToString().Contains("moves") == true);

        (await bench.DriveAsync()).Steps["first"].Outcome.ShouldBe(StepOutcome.Success);

        bench.Calls.ShouldBe(2);
        var first = bench.State.Steps["first"];
        Should
            .Throw<ExpressionException>(() => Values.ToText(KeptValues.Of(first.Outputs, first.Masked, first.Cut, "steps.first.outputs")))
            .Message.ShouldBe($"'steps.first.outputs' cannot be written to the log and was not kept: {OneRun.Because}");
        bench.Lines.ShouldContain($"the result cannot be written to the log and was not kept: {OneRun.Because}");
    }

    [Fact]
    public async Task What_follows_from_an_end_and_cannot_be_written_leaves_the_end_on_the_log()
    {
        var bench = new OneRun(fact => fact is RunFact.StepStarted { Step: "second" });

        (await Should.ThrowAsync<InvalidOperationException>(() => bench.DriveAsync())).Message.ShouldContain(OneRun.Because);

        bench.Calls.ShouldBe(1);
        bench.State.Steps["first"].Outcome.ShouldBe(StepOutcome.Success);
    }

    [Fact]
    public async Task Of_several_ends_at_once_only_the_one_that_cannot_be_written_loses_its_outputs()
    {
        var bench = new OneRun(
            fact => fact is RunFact.StepEnded ended && ended.Outputs?.ToString().Contains("moves") == true,
            """
            runbook: r
            steps:
              - parallel:
                  - { id: second, uses: test/moves@1 }
                  - { id: first, uses: test/moves@1 }
                  - { id: third, uses: test/moves@1 }
            """
        );

        var steps = (await bench.DriveAsync()).Steps;

        bench.AtOnce.ShouldBe(3);
        bench.Calls.ShouldBe(3);
        steps["first"].Cut.ShouldHaveSingleItem();
        foreach (var other in (string[])["second", "third"])
        {
            steps[other].Cut.ShouldBeEmpty();
            steps[other].Outputs!.Value.GetString().ShouldBe("stays");
        }
    }

    [Fact]
    public void A_fact_without_a_form_is_told_from_a_log_that_is_away()
    {
        var half = new RunFact.StepEnded("s", 1, StepOutcome.Success, null, JsonElement.Parse("""{"a":"\ud800"}"""), null, null);

        Should.Throw<UnwritableFactException>(() => FactCatalog.Write(half)).Message.ShouldContain("surrogate");
        FactCatalog.Write(Shown.Of(half, SecretMask.None, RunRoom.MostOfOne)).Length.ShouldBePositive();
    }
}
