using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>
/// Undoes what was started, in reverse order, one at a time: when the run failed by itself, or when a person wants it. A step
/// whose outcome is unknown is resolved before it is undone.
/// </summary>
internal static class UndoPlanner
{
    /// <summary>How the question begins whether there is anything to undo.</summary>
    internal const string BeforeIt = "Before it is undone:";

    /// <returns>Whether nothing more is to be undone.</returns>
    public static bool Plan(Frame root, Gathered gathered)
    {
        var state = root.View.State;
        if (Because(root) is not { } because)
            return Abandon(root, gathered);
        foreach (var owner in Started(root.View))
        {
            var undo = owner.Undo;
            if (undo.State.IsOver)
            {
                // Under what could not be undone nothing is pulled away, but for somebody who leaves it as it is.
                if (undo.State.Outcome is StepOutcome.Success or StepOutcome.Skipped)
                    continue;
                return true;
            }

            if (!state.Undoing)
                gathered.Record(new RunFact.UndoStarted(because));
            else
                One(owner, undo, gathered);
            return false;
        }

        return true;
    }

    private static string? Because(Frame root)
    {
        var state = root.View.State;
        if (state.UndoWanted)
            return "a person wants it undone";
        var failedByItself =
            root.Stop is null
            && RunContexts.StatusOf(root) is RunStatus.Failure
            && !root.Definition.Steps.Any(step => root.View.Of(step.Id) is { EndsRun: true, Outcome: not StepOutcome.Success });
        // Once it has begun it goes on, also past the run's time; only a person ends it.
        return failedByItself || (state.Undoing && state.CancelRequestedBy is null) ? "the run failed" : null;
    }

    private static bool Abandon(Frame root, Gathered gathered)
    {
        if (!root.View.State.Undoing)
            return true;
        foreach (var owner in Started(root.View))
        {
            var undo = owner.Undo;
            if (undo.State.IsOver || undo.State.IsFresh)
                continue;
            gathered.Add(StepPlanner.Next(undo with { Frame = undo.Frame with { Stop = root.Stop ?? "stopped" } }));
            return false;
        }

        return true;
    }

    /// <summary>What was begun and has an undo, the last first.</summary>
    internal static IEnumerable<Unit> Started(PlanView view) =>
        view
            .State.Steps.Where(step => !StepPath.IsPart(step.Key) && step.Value.IsThere)
            .OrderByDescending(step => step.Value.Attempts[step.Value.Earlier].StartedVersion)
            .Select(step => Units.At(view, step.Key))
            .OfType<Unit>()
            .Where(unit => unit.Step.Undo is not null && !unit.IsFinally);

    /// <param name="undo">What is known of the undo itself.</param>
    internal static bool IsUndone(StepState undo) =>
        undo.Outcome is StepOutcome.Success
        || (undo.Outcome is StepOutcome.Skipped && !undo.Decisions.Exists(decision => decision.Decision is RunDecision.Skip));

    /// <summary>Whether a person has done it, who sees all that is there and not the last attempt alone.</summary>
    internal static bool IsUndoneByHand(StepState undo) =>
        undo is { Outcome: StepOutcome.Success, Decisions: [.., { Decision: RunDecision.DoneByHand }] };

    /// <summary>Whether it is done, or nobody knows that it is not: what it undoes may be gone.</summary>
    internal static bool MayBeUndone(StepState undo) => IsUndone(undo) || undo is { Outcome: StepOutcome.Unknown } or { InDoubt: not null };

    /// <returns>The first of the run's own steps of which something was undone, or may be: it is not done any more. Null: there is none.</returns>
    internal static string? FirstUndone(PlanView view)
    {
        var undone = Started(view)
            .Where(owner => MayBeUndone(owner.Undo.State))
            .Select(owner => StepPath.Root(owner.Path))
            .ToHashSet(StringComparer.Ordinal);
        return view.Books.Root.Steps.FirstOrDefault(step => step.WithMembers.Any(one => undone.Contains(one.Id)))?.Id;
    }

    private static void One(Unit owner, Unit undo, Gathered gathered)
    {
        try
        {
            // What was asked is answered, also where time has told meanwhile.
            var doubted = Doubted(owner) ?? (undo.State.Wait is { BeforeUndo: true } ? owner.State.Last : null);
            gathered.Add(doubted is not null && Resolve(owner, undo, doubted) is { } first ? first : StepPlanner.Next(undo));
        }
        catch (ExpressionException fault)
        {
            gathered.Record(Ends.Failure(undo, fault.Message));
        }
    }

    /// <summary>
    /// The attempt of which nobody knows whether it happened, or which may yet happen, whatever was decided about the step: a person skips it, has it
    /// done again, or says that it is done, and the first attempt goes on elsewhere.
    /// </summary>
    private static StepAttempt? Doubted(Unit owner)
    {
        var state = owner.State;
        // Whoever began after it has ended it first, or was not begun; and what came of that one is known.
        var began = state.Attempts.FindLast(attempt => attempt.Class is not FailureClass.NotSent);
        if (state.Outcome is not StepOutcome.Success && state.InDoubt is { } doubted && doubted.Number == began?.Number)
            return doubted;
        return state.Attempts.FindLast(attempt => attempt.SilentUntil > owner.View.Now)
            ?? (began is { MayAct: true } ? began : null)
            ?? (state.Outcome is StepOutcome.Unknown ? state.Lasting.LastOrDefault() ?? state.Last : null);
    }

    /// <returns>Null once it is known, or a person says, that the step happened.</returns>
    private static Next? Resolve(Unit owner, Unit undo, StepAttempt last)
    {
        // Its own attempt: then the question was answered.
        if (undo.State.Attempts.Count > undo.State.Earlier)
            return null;
        foreach (var decision in undo.State.Decisions)
        {
            if (decision.Decision is RunDecision.Happened)
                // What the undo itself asks, as for its approval, is not answered by that.
                return undo.State.Wait is { BeforeUndo: true }
                    ? new Next.Record(
                        new RunFact.WaitOver(undo.Path, $"{PersonPlanner.Who(decision)} says that step {owner.Path} happened")
                    )
                    : null;
            if (decision.Decision is RunDecision.DidNotHappen or RunDecision.RunAgain)
                return new Next.Record(Ends.Skipped(undo, $"{PersonPlanner.Who(decision)} says that there is nothing to undo"));
            if (decision.Decision is RunDecision.Skip)
                return new Next.Record(Ends.Skipped(undo, $"left as it is by {PersonPlanner.Who(decision)}"));
            if (decision.Decision is RunDecision.DoneByHand)
                return new Next.Record(Ends.Success(undo, $"undone by hand by {PersonPlanner.Who(decision)}"));
            if (decision.Decision is RunDecision.Stop or RunDecision.StopAndUndo)
                return new Next.Record(Ends.Stopped(undo, StepOutcome.Cancelled, $"stopped by {PersonPlanner.Who(decision)}"));
        }

        if (undo.State.Wait is { Kind: WaitKind.Unknown })
            return new Next.Park(null);
        System.Text.Json.JsonElement? now = null;
        var why =
            last.IsGone ? owner.State.Because?.TrimEnd('.')
            : last.Number == owner.State.Last!.Number ? last.Told
            : $"of attempt {last.Number}: {last.Told}";
        // Of what a person did by hand, and nobody knows, too.
        var free = (owner with { Frame = last.IsGone ? undo.Frame : owner.Frame.Free }).As(last);
        if (owner.Step.Check is { } check)
        {
            if (last.EndedAt + check.Settle > owner.View.Now)
                return new Next.Park(last.EndedAt + check.Settle);
            try
            {
                // What was seen before it was to be undone, or could not be seen, is old.
                var since = Math.Max(owner.View.State.UndoingSince, owner.View.State.TakenOver);
                if (ProbePlanner.Next(free, CallPart.Check, since, out var probed) is { } looking)
                    return looking;
                now = probed.Outputs;
                var mayAct = last.MayAct || last.SilentUntil > owner.View.Now;
                var lost = owner.State.Attempts.Count(attempt => attempt is { Class: FailureClass.Unknown, DidNotHappen: false });
                // Beside who may act on, nothing is undone by itself.
                if (!ProbePlanner.Answered(free, probed))
                    why += $"; the check failed: {probed.Because?.TrimEnd('.')}";
                else if (ProbePlanner.Holds(free, probed, last.IsGone ? owner.InQuestion : last))
                {
                    if (!mayAct)
                        return null;
                    why += "; the check sees its effect";
                }
                // Of several that were lost one may yet come.
                else if (check.Authoritative && lost == 1 && last.LivesOn is null && !mayAct)
                    return new Next.Record(Ends.Skipped(undo, "nothing to undo: the check says that it did not happen"));
                else
                    why += "; the check does not see its effect";
            }
            catch (ExpressionException fault)
            {
                why += $"; {ProbePlanner.Unread(fault)}";
            }
        }

        var with = StepInputs.Of(free);
        return new Next.Record(
            new RunFact.StepWaits(
                undo.Path,
                WaitKind.Unknown,
                Binding.OfAttempt(undo, last, with.Hash),
                owner.Step.Approve?.From ?? [],
                $"{BeforeIt} did it happen? {StepPlanner.Describe(free, with)}: {why}{UnknownPlanner.Silent(owner, last)}.",
                UnknownPlanner.Evidence(last, now),
                null,
                BeforeUndo: true
            )
        );
    }
}
