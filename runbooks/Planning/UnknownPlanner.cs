using System.Text.Json;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>A step was started and its answer lost: the check finds out, or a named person does. It is never run again by itself.</summary>
internal static class UnknownPlanner
{
    public static Next Next(Unit unit)
    {
        var state = unit.State;
        // One after it may have got nowhere.
        var last = unit.InQuestion;
        unit = unit.As(last);
        if (state.Wait is { Kind: WaitKind.Unknown })
        {
            return Answer(state) is { } decision ? Decided(unit, last, decision) : new Next.Park(null);
        }

        // Only attempts can be unknown by themselves.
        var attempt = last!;
        if (unit.Step.Check is not { } check)
            return Ask(unit, attempt, null, $"{state.Because}; there is no check for it");
        var due = state.Attempts[^1].EndedAt + check.Settle;
        if (due > unit.View.Now)
            return new Next.Park(due);
        StepState? seen = null;
        try
        {
            if (ProbePlanner.Next(unit, CallPart.Check, state.Attempts[^1].EndedVersion, out seen) is { } looking)
                return looking;
            return Judged(unit, check, attempt, seen);
        }
        catch (ExpressionException fault)
        {
            // It neither happened nor did not.
            return Ask(unit, attempt, seen?.Outputs, $"{state.Because}; {ProbePlanner.Unread(fault)}");
        }
    }

    /// <summary>What was decided about its question, of what is decided here; a log may hold what does not fit it.</summary>
    /// <returns>Null: nothing yet.</returns>
    public static StepDecision? Answer(StepState state) =>
        state.Wait is { Kind: WaitKind.Unknown } asked
            ? state
                .Decisions.Skip(asked.DecisionsBefore)
                .FirstOrDefault(one =>
                    one.Decision is RunDecision.Happened or RunDecision.RunAgain or RunDecision.Stop or RunDecision.StopAndUndo
                )
            : null;

    private static Next Judged(Unit unit, CheckDefinition check, StepAttempt attempt, StepState probed)
    {
        if (!ProbePlanner.Answered(unit, probed))
            return Ask(unit, attempt, probed.Outputs, $"{unit.State.Because}; the check failed: {probed.Because}");
        if (ProbePlanner.Holds(unit, probed, attempt))
            return new Next.Record(Ended(unit, attempt, StepOutcome.Success, "recovered by check").With(probed));
        var unknowns = unit
            .State.Attempts.Skip(unit.State.Earlier)
            .Count(one => one is { Outcome: StepOutcome.Unknown, Class: FailureClass.Unknown });
        return check.Authoritative && unknowns == 1 && attempt.LivesOn is null
            ? Again(unit, attempt, "the check says that it did not happen")
            : Ask(unit, attempt, probed.Outputs, $"{unit.State.Because}; the check does not see its effect");
    }

    public static Next Ask(Unit unit, StepAttempt? last, JsonElement? now, string why)
    {
        if (unit.Frame.Definition.Limits.StopOnUnknown)
            return new Next.Record(Ends.Stopped(unit, StepOutcome.Unknown, why) with { Halts = true });
        unit = unit.As(last);
        var with = StepInputs.Of(unit);
        return new Next.Record(
            new RunFact.StepWaits(
                unit.Path,
                WaitKind.Unknown,
                Binding.OfAttempt(unit, last, with.Hash),
                unit.Step.Approve?.From ?? [],
                $"Did it happen? {StepPlanner.Describe(unit, with)}: {why.TrimEnd('.')}{Silent(unit, last)}.",
                Evidence(last, now),
                null
            )
        );
    }

    /// <returns>As the end of a sentence: until when a node that is silent may go on; empty: none may.</returns>
    public static string Silent(Unit unit, StepAttempt? last) =>
        last?.SilentUntil is { } until && until > unit.View.Now ? $"; node {last.Node} may still do it until {UtcText.OfDay(until)}" : "";

    public static JsonElement Evidence(StepAttempt? last, JsonElement? now) =>
        Values.ToJson(
            new MapValue([KeyValuePair.Create("before", Values.From(last?.Before)), KeyValuePair.Create("now", Values.From(now))])
        );

    private static Next.Record Decided(Unit unit, StepAttempt? last, StepDecision decision)
    {
        var who = PersonPlanner.Who(decision);
        return decision.Decision switch
        {
            RunDecision.Happened => new Next.Record(Ended(unit, last, StepOutcome.Success, $"{who} says that it happened")),
            RunDecision.RunAgain => Again(unit, last, $"{who} says that it did not happen"),
            _ => new Next.Record(Ends.Stopped(unit, StepOutcome.Unknown, PersonPlanner.Stopped(decision))),
        };
    }

    private static Next.Record Again(Unit unit, StepAttempt? last, string? because) =>
        new(
            Ended(unit, last, StepOutcome.Unknown, because) with
            {
                // One that was refused was never lost.
                Class = last?.Class is FailureClass.Refused ? FailureClass.Refused : FailureClass.Unknown,
                Retry = unit.View.Now,
            }
        );

    private static RunFact.StepEnded Ended(Unit unit, StepAttempt? last, StepOutcome outcome, string? because) =>
        new(unit.Path, last?.Number ?? 0, outcome, null, null, because, null);
}
