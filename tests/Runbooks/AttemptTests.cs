using System.Text.Json;
using Runbooks.Running;

namespace Tests.Runbooks;

/// <summary>What is known of an attempt whose process ended before it.</summary>
public sealed class AttemptTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void How_long_an_attempt_went_on_is_not_known_where_somebody_else_wrote_its_end(bool isTakenOver)
    {
        var nothing = JsonElement.Parse("{}");
        List<RunFact> facts =
        [
            new RunFact.Started("book", "hash", nothing, null, null, "user:anna", "one", 1),
            new RunFact.StepStarted("act", 1, StepEffect.Once, "hash", null, DateTimeOffset.UnixEpoch.AddMinutes(5), null),
            new RunFact.StepEnded("act", 1, StepOutcome.Unknown, FailureClass.Unknown, null, "lost", null),
        ];
        // A node that comes back under its own name is another process, too.
        if (isTakenOver)
            facts.Insert(2, new RunFact.TakenOver("one", 2, "one"));

        var state = facts.Aggregate((RunState?)null, (run, fact) => RunState.Evolve("run-1", run, fact, DateTimeOffset.UnixEpoch))!;

        state.Steps["act"].Attempts.ShouldHaveSingleItem().Lost.ShouldBe(isTakenOver);
    }
}
