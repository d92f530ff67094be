using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>What people decided about a step that is not under way: skip it, or they have done it by hand.</summary>
internal static class PersonPlanner
{
    /// <returns>Null if nobody did.</returns>
    public static Next? Next(Unit unit)
    {
        var state = unit.State;
        if (state.Decisions.Count == 0)
            return null;
        StepDecision? decision = null;
        for (var i = state.Wait?.DecisionsBefore ?? 0; i < state.Decisions.Count; i++)
        {
            decision = state.Decisions[i].Decision switch
            {
                RunDecision.Skip or RunDecision.DoneByHand => state.Decisions[i],
                RunDecision.RunAgain or RunDecision.DidNotHappen or RunDecision.Retry or RunDecision.Happened => null,
                _ => decision,
            };
        }

        return decision switch
        {
            null => null,
            { Decision: RunDecision.Skip } => new Next.Record(Ends.Skipped(unit, $"skipped by {Who(decision)}")),
            _ => ByHand(unit, decision),
        };
    }

    public static string Stopped(StepDecision decision) =>
        $"{(decision.Decision is RunDecision.StopAndUndo ? "stopped, to be undone," : "stopped")} by {Who(decision)}";

    public static string Who(StepDecision decision) => decision.By + (decision.Reason is null ? "" : $" ({decision.Reason})");

    private static Next ByHand(Unit unit, StepDecision decision)
    {
        var who = Who(decision);
        // A check looks at one target; who has done a list by hand is believed.
        if (unit.Step.Check is null || unit.Step.ForEach is not null)
            return new Next.Record(Ends.Success(unit, $"done by hand by {who}"));
        var last = unit.InQuestion;
        unit = unit.AsOf(last?.StartedVersion ?? unit.State.ByHand?.Version);
        StepState? probed = null;
        try
        {
            if (ProbePlanner.Next(unit, CallPart.Check, decision.Version, out probed) is { } looking)
                return looking;
            if (ProbePlanner.Holds(unit, probed, last))
                return new Next.Record(Ends.Success(unit, $"done by hand by {who}, its check agrees").With(probed));
            var but = ProbePlanner.Answered(unit, probed)
                ? "its check does not see it"
                : $"its check failed: {probed.Because?.TrimEnd('.')}";
            var lost = last is { Class: FailureClass.Unknown } ? $"; of attempt {last.Number}: {last.Told}" : "";
            return UnknownPlanner.Ask(unit, last, probed.Outputs, $"{who} did it by hand, and {but}{lost}");
        }
        catch (ExpressionException fault)
        {
            return UnknownPlanner.Ask(unit, last, probed?.Outputs, $"{who} did it by hand, and {ProbePlanner.Unread(fault)}");
        }
    }
}
