using System.Text.Json;
using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Running;
using static Tests.Runbooks.Bench;

namespace Tests.Runbooks;

/// <summary>Between a decision and the moment when the run's process sees it, the question still stands there: it is answered all the same.</summary>
public sealed class DecidedAlreadyTests
{
    private const string Gated = "runbook: r\nsteps: [ { id: act, uses: test/once@1, approve: { need: NEED } } ]";
    private const string Asked = "a plan's hash";

    [Theory]
    [InlineData(RunDecision.Deny, RunDecision.Approve, "It is decided already: user:ben denied it at 00:00 UTC.")]
    [InlineData(RunDecision.Approve, RunDecision.Deny, "It is decided already: user:ben approved it at 00:00 UTC.")]
    public void Who_comes_second_is_told_what_was_decided(RunDecision first, RunDecision second, string told)
    {
        var (books, state) = Waiting(WaitKind.Approval, need: 1);

        var (refused, after) = Decide(books, state, first, "user:ben");
        refused.ShouldBeNull();
        Decide(books, after, second, "user:cleo").Refused.ShouldBe(told);
        Decide(books, after, first, "user:ben")
            .Refused.ShouldBe($"It is decided already: user:ben {(first is RunDecision.Deny ? "denied" : "approved")} it at 00:00 UTC.");
    }

    [Fact]
    public void Who_has_approved_is_not_counted_twice_and_may_still_deny()
    {
        var (books, state) = Waiting(WaitKind.Approval, need: 2);

        var (_, after) = Decide(books, state, RunDecision.Approve, "user:ben");
        Decide(books, after, RunDecision.Approve, "user:ben").Refused.ShouldNotBeNull().ShouldContain("needs somebody else, too");
        Decide(books, after, RunDecision.Deny, "user:ben").Refused.ShouldBeNull();
        Decide(books, after, RunDecision.Approve, "user:cleo").Refused.ShouldBeNull();
    }

    [Fact]
    public void An_unknown_outcome_is_decided_once()
    {
        var (books, state) = Waiting(WaitKind.Unknown, need: 1);

        var (_, after) = Decide(books, state, RunDecision.Happened, "user:ben");
        Decide(books, after, RunDecision.RunAgain, "user:cleo")
            .Refused.ShouldBe("It is decided already: user:ben said that it happened at 00:00 UTC.");
    }

    // A log that was written before decisions were held to the first of them.
    [Fact]
    public void A_denial_holds_whatever_was_said_after_it()
    {
        var (books, state) = Waiting(WaitKind.Approval, need: 1);
        // The question as the planner asks it, so that its hash is the one that it looks for.
        var fresh = state with
        {
            Steps = state.Steps.Clear(),
        };
        var asked = Plan(books, fresh).OfType<RunFact.StepWaits>().ShouldHaveSingleItem();
        var denied = Evolve(
            fresh,
            asked,
            new RunFact.Decided("act", RunDecision.Deny, "user:ben", null, asked.Hash, null),
            new RunFact.Decided("act", RunDecision.Approve, "user:cleo", null, asked.Hash, null)
        );

        var ended = Plan(books, denied).OfType<RunFact.StepEnded>().ShouldHaveSingleItem();

        (ended.Outcome, ended.Because).ShouldBe((StepOutcome.Failure, "denied by user:ben"));
    }

    // A log that was written when that was taken at every step with another attempt to come.
    [Fact]
    public void What_does_not_answer_whether_it_happened_leaves_the_question_open()
    {
        var (books, state) = Waiting(WaitKind.Unknown, need: 1);
        var tried = Evolve(state, new RunFact.Decided("act", RunDecision.Retry, "user:ben", null, null, null));

        Plan(books, tried).ShouldBeEmpty();

        var again = Evolve(tried, new RunFact.Decided("act", RunDecision.RunAgain, "user:cleo", null, Asked, null));
        Plan(books, again).OfType<RunFact.StepEnded>().ShouldHaveSingleItem().Retry.ShouldNotBeNull();
    }

    private static (RunbookSet Books, RunState State) Waiting(WaitKind kind, int need)
    {
        var definition = Read(Gated.Replace("NEED", $"{need}", StringComparison.Ordinal));
        var books = Bench.Books(definition);
        var started = new RunFact.Started("r", definition.Hash, JsonElement.Parse("{}"), null, null, "user:anna", "one", Epoch: 1);
        return (books, Evolve(null, started, new RunFact.StepWaits("act", kind, Asked, [], "Shall it?", null, null)));
    }

    private static (string? Refused, RunState After) Decide(RunbookSet books, RunState state, RunDecision decision, string by)
    {
        var (refused, fact) = DecisionRule.Decide(books, state, new DecisionMade("act", decision, by), "one");
        return (refused, fact is null ? state : Evolve(state, fact));
    }

    private static IReadOnlyList<RunFact> Plan(RunbookSet books, RunState state) =>
        Planner.Next(new PlanView(books, Bench.Actions, state, default, 0, null, _ => false, _ => false)).Facts;

    private static RunState Evolve(RunState? state, params IEnumerable<RunFact> facts) =>
        facts.Aggregate(state, (known, fact) => RunState.Evolve("run-1", known, fact, DateTimeOffset.UnixEpoch))!;
}
