using System.Text.Json;
using Bot.Commands;
using Runbooks.Running;

namespace Tests.Commands;

/// <summary>What people can press where nobody knows what happened.</summary>
public sealed class DecisionButtonsTests
{
    private static readonly string[] Usual = ["It happened", "It did not, run again", "Skip", "Done by hand", "Stop and undo", "Stop"];

    [Fact]
    public void Before_a_step_is_undone_nobody_is_offered_to_run_it_again()
    {
        var run = RunOf(Started("act"), Lost("act"), Asks("act"));
        Labels(run, "act").ShouldBe(Usual);

        var before = RunOf(Started("act"), Lost("act"), Asks("act.undo", beforeUndo: true));
        Labels(before, "act.undo").ShouldBe(["It happened, undo it", "It did not, nothing to undo", "Leave it", "Undone by hand", "Stop"]);

        // The undo itself was started and its answer lost.
        var within = RunOf(Started("act"), Lost("act"), Started("act.undo"), Lost("act.undo"), Asks("act.undo"));
        Labels(within, "act.undo").ShouldBe(Usual.Where(label => label is not "Stop and undo"));
    }

    private static IEnumerable<string> Labels(RunState run, string step) =>
        DecisionButtons.Of(step, run.WaitAt(step)!).Select(button => button.Label);

    private static RunState RunOf(params IEnumerable<RunFact> facts) =>
        facts
            .Prepend(new RunFact.Started("book", "hash", JsonElement.Parse("{}"), null, null, "user:anna", "one", 1))
            .Aggregate((RunState?)null, (run, fact) => RunState.Evolve("run-1", run, fact, DateTimeOffset.UnixEpoch))!;

    private static RunFact.StepStarted Started(string step) => new(step, 1, StepEffect.Once, "hash", null, DateTimeOffset.UnixEpoch, null);

    private static RunFact.StepEnded Lost(string step) => new(step, 1, StepOutcome.Unknown, FailureClass.Unknown, null, "lost", null);

    private static RunFact.StepWaits Asks(string step, bool beforeUndo = false) =>
        new(step, WaitKind.Unknown, "hash", [], "Did it happen?", null, null, BeforeUndo: beforeUndo);
}
