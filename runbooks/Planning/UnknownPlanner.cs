using System.Text.Json;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>A step was started and its answer lost: the check finds out, or a named person does. It is never run again by itself.</summary>
internal static class UnknownPlanner
{
    public static Next Next(PlanView view, StepDefinition step, StepState state)
    {
        var last = state.Attempts[^1];
        if (state.Wait is { Kind: WaitKind.Unknown } wait)
        {
            var decision = state.Decisions.Skip(wait.DecisionsBefore).FirstOrDefault();
            return decision is null ? new Next.Park(null) : Decided(view, step, last, decision);
        }

        if (step.Check is not { } check)
            return Ask(view, step, last, null, "there is no check for it");
        var due = last.EndedAt + check.Settle;
        if (due > view.Now)
            return new Next.Park(due);
        if (StepPlanner.Probe(view, step, CallPart.Check, last.EndedVersion, out var probed) is { } first)
            return first;
        if (probed!.Outcome is not StepOutcome.Success && probed.Class is not FailureClass.Refused)
            return Ask(view, step, last, probed.Outputs, $"the check failed: {probed.Because}");
        if (IsDone(view, step, check, probed, last))
            return new Next.Record(
                new RunFact.StepEnded(step.Id, last.Number, StepOutcome.Success, null, probed.Outputs, "recovered by check", null)
                {
                    Masked = probed.Masked,
                }
            );
        var unknowns = state.Attempts.Count(attempt => attempt.Outcome is StepOutcome.Unknown);
        return check.Authoritative && unknowns == 1
            ? Again(view, step, last, "the check says that it did not happen")
            : Ask(view, step, last, probed.Outputs, "the check does not see its effect");
    }

    private static bool IsDone(PlanView view, StepDefinition step, CheckDefinition check, StepState probed, StepAttempt last)
    {
        if (check.DoneWhen is not { } condition)
            return probed.Outcome is StepOutcome.Success;
        var seen = new MapValue([
            KeyValuePair.Create("result", MaskedValues.Of(probed.Outputs, probed.Masked, "result")),
            KeyValuePair.Create("before", MaskedValues.Of(last.Before, view.Of(step.Id + ".before").Masked, "before")),
        ]);
        return condition.Holds(view.Scope(seen));
    }

    private static Next.Record Decided(PlanView view, StepDefinition step, StepAttempt last, StepDecision decision)
    {
        var who = decision.By + (decision.Reason is null ? "" : $" ({decision.Reason})");
        return decision.Decision switch
        {
            RunDecision.Happened or RunDecision.DoneByHand => Ended(step, last, StepOutcome.Success, null, $"{who} says that it happened"),
            RunDecision.RunAgain or RunDecision.Retry => Again(view, step, last, $"{who} says that it did not happen"),
            RunDecision.Skip => Ended(step, last, StepOutcome.Skipped, null, $"skipped by {who}"),
            _ => Ended(step, last, StepOutcome.Unknown, FailureClass.Unknown, $"stopped by {who}", endsRun: true),
        };
    }

    private static Next.Record Again(PlanView view, StepDefinition step, StepAttempt last, string because) =>
        new(new RunFact.StepEnded(step.Id, last.Number, StepOutcome.Unknown, FailureClass.Unknown, null, because, view.Now));

    private static Next.Record Ended(
        StepDefinition step,
        StepAttempt last,
        StepOutcome outcome,
        FailureClass? kind,
        string because,
        bool endsRun = false
    ) => new(new RunFact.StepEnded(step.Id, last.Number, outcome, kind, null, because, null, endsRun));

    private static Next.Record Ask(PlanView view, StepDefinition step, StepAttempt last, JsonElement? now, string why)
    {
        if (view.Definition.Limits.StopOnUnknown)
            return Ended(step, last, StepOutcome.Unknown, FailureClass.Unknown, $"{last.Because}; {why}", endsRun: true);
        var with = StepPlanner.Inputs(view, step);
        return new Next.Record(
            new RunFact.StepWaits(
                step.Id,
                WaitKind.Unknown,
                Planner.BindingHash(view.Definition, step.Id, with.Hash),
                step.Approve?.From ?? [],
                $"Did it happen? {ApprovalPlanner.Describe(view, step, with)}: {last.Because}; {why}.",
                Values.ToJson(
                    new MapValue([KeyValuePair.Create("before", Values.From(last.Before)), KeyValuePair.Create("now", Values.From(now))])
                ),
                null
            )
        );
    }
}
