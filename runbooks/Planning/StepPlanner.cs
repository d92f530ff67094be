using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>What comes next for one step that acts, waits or asks by itself.</summary>
internal static class StepPlanner
{
    // Between two looks at a host on which something may still act.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(15);

    public static Next Next(Unit unit)
    {
        var (state, view) = (unit.State, unit.View);
        if (state.Open is { } open)
            return UnderWay(unit, unit.Path, open);
        if (unit.Frame.Stop is { } stop)
            return Stopped(unit, stop);
        if (state.Verifying)
            return VerifyPlanner.Next(unit);
        if (PersonPlanner.Next(unit) is { } decided)
            return decided;
        // What was decided about it before it was seen that somebody stops the run counts.
        if (unit.Frame.Halt is { } halt && UnknownPlanner.Answer(state) is null)
            return Stopped(unit, halt);
        if (state.Outcome is StepOutcome.Unknown)
            return UnknownPlanner.Next(unit);
        if (state.Retry > view.Now && !IsHurried(state))
            return new Next.Park(state.Retry);
        if (state.IsFresh && Skips(unit) is { } why)
            return new Next.Record(Ends.Skipped(unit, why));
        if (unit.Step.Wait is { } wait)
            return WaitPlanner.Next(unit, wait);
        if (unit.Step.Ask is { } ask)
            return AskPlanner.Next(unit, ask);
        return Start(unit);
    }

    /// <summary>An attempt that was started: under way here, or left by a process that is gone.</summary>
    public static Next UnderWay(Unit unit, string path, StepAttempt open)
    {
        var (view, state) = (unit.View, unit.State);
        if (view.InFlight(path))
            return unit.Frame.Stop is null ? new Next.Busy() : new Next.Interrupt(path);
        // Again where that harms nobody, else it has to be found out.
        if (open.Effect is not StepEffect.Once)
            // An action looks for those before it when it begins; a script does not.
            return Orphan(view, path, open, open.MayAct && unit.Step.Script is not null ? null : view.Now);
        // By itself nothing is decided while a node that is only silent may still act; people need not wait for that.
        if (open.HasEnded || view.Now >= open.Deadline || view.Gone(open) || unit.Frame.Over is not null)
            return Orphan(view, path, open, null);
        if (state.Wait is not { } wait)
        {
            var silent = $"node {open.Node}, which began it, has not said what came of it, and may still do it until then";
            return new Next.Record(new RunFact.StepWaits(path, WaitKind.Time, null, [], silent, null, open.Deadline));
        }

        if (state.Decisions.Count > wait.DecisionsBefore)
            return Orphan(view, path, open, null);
        return new Next.Park(open.MayAct && view.Now + Look < open.Deadline ? view.Now + Look : open.Deadline);
    }

    public static string? Skips(Unit unit)
    {
        if (unit.Step.If is { } condition)
            return condition.Holds(unit.Scope()) ? null : $"if: {condition.Text.Trim()}";
        return unit.IsFinally || RunContexts.StatusOf(unit.Frame) is RunStatus.Success ? null : "an earlier step failed";
    }

    public static StepEffect EffectOf(Unit unit, Resolved with) => Declared(unit.Step, OwnEffect(unit, with));

    /// <summary>What values make of an action is only seen here; looser than that it is with the author's word only.</summary>
    public static StepEffect Declared(StepDefinition step, StepEffect own) =>
        step.Effect is not { } declared || (step.Uses is not null && declared < own && step.Accepts is null) ? own : declared;

    /// <summary>What the action itself says, whatever the step declares; of a script nobody knows.</summary>
    public static StepEffect OwnEffect(Unit unit, Resolved with) =>
        unit.Step.Uses is { } uses && unit.View.Actions.TryGetValue(uses.Action, out var action)
            ? action.EffectOf(with.Json)
            : StepEffect.Once;

    public static DateTimeOffset Deadline(Unit unit) => unit.View.Now + (unit.Step.Timeout ?? StepCall.DefaultTimeout);

    // Somebody does not want to wait for the next attempt.
    private static bool IsHurried(StepState state) =>
        state is { Decisions: [.., { Decision: RunDecision.Retry } last], Attempts: [.., var attempt] }
        && last.Version > attempt.EndedVersion;

    private static Next.Record Orphan(PlanView view, string path, StepAttempt open, DateTimeOffset? again) =>
        new(new RunFact.StepEnded(path, open.Number, StepOutcome.Unknown, FailureClass.Unknown, null, Because(view, open), again));

    private static string Because(PlanView view, StepAttempt open)
    {
        var lost =
            view.Gone(open) ? "the process that ran it ended before its answer was recorded"
            : open.HasEnded ? "it was ended before its answer was recorded"
            : $"no answer was recorded by node {open.Node}, which was silent when the run was taken over";
        return open.LivesOn is { } living ? $"{lost}; {living}" : lost;
    }

    // A stopped run leaves no step open; what was started and not answered stays unknown.
    private static Next Stopped(Unit unit, string stop)
    {
        var facts = new List<RunFact>();
        foreach (var part in (string[])[StepPath.Before, StepPath.Check])
        {
            var path = unit.Path + part;
            if (unit.View.Of(path).Open is not { } open)
                continue;
            if (unit.View.InFlight(path))
                return new Next.Interrupt(path);
            facts.Add(new RunFact.StepEnded(path, open.Number, StepOutcome.Cancelled, null, null, stop, null));
        }

        var outcome =
            // Of an undo that was not begun it is known that it did nothing.
            unit.State.Wait
                is { BeforeUndo: true }
                ? StepOutcome.Cancelled
            : unit.State.Outcome is StepOutcome.Unknown || unit.State.InDoubt is { Effect: not StepEffect.Read } ? StepOutcome.Unknown
            : unit.State.Verifying ? StepOutcome.Failure
            : StepOutcome.Cancelled;
        facts.Add(Ends.Stopped(unit, outcome, unit.State.Verifying ? $"it succeeded and was not verified: {stop}" : stop));
        return new Next.Record(facts);
    }

    private static Next Start(Unit unit)
    {
        var (step, state) = (unit.Step, unit.State);
        // What comes of an attempt with other inputs says nothing of it, and nobody would take back what it did.
        if (unit.Elsewhere is { } elsewhere)
            return UnknownPlanner.Ask(unit, elsewhere, null, $"{elsewhere.Told}; its inputs were changed since");
        var agreed = state.Decisions.FindLast(decision => decision.Decision is RunDecision.Approve)?.Version ?? 0;
        var looks = step.Check is { First: true };
        // Nobody is asked for what is done already,
        if (looks && agreed == 0 && AlreadyDone(unit, agreed) is { } done)
            return done;
        var with = StepInputs.Of(unit);
        var facts = new List<RunFact>();
        if (ApprovalPlanner.Next(unit, () => ApprovalPlanner.OfStep(unit, with), facts) is { } held)
            return held;
        // and what was done while people were asked, or since an attempt, is not done again.
        if (looks && agreed > 0 && AlreadyDone(unit, agreed) is { } meanwhile)
            return facts.Count > 0 ? new Next.Record(facts) : meanwhile;
        if (step.IsGate)
            return new Next.Record([.. facts, Ends.Success(unit, "approved")]);
        JsonElement? before = null;
        // What a lost attempt may have changed already is not how it was before.
        if (state.InDoubt is { Effect: not StepEffect.Read } earlier)
            before = earlier.Before;
        else if (step.Before is { } baseline)
        {
            if (ProbePlanner.Next(unit, CallPart.Before, LookedFrom(unit), out var probed) is { } probing)
                return probing;
            if (probed.Outcome is not StepOutcome.Success && !baseline.Optional)
                return new Next.Record([.. facts, Ends.Failure(unit, $"before: {probed.Because}")]);
            before = probed.Outcome is StepOutcome.Success ? probed.Outputs : null;
            if (before is not null && BaselineNeeds.Missing(step, probed.Cut) is { } missing)
                return new Next.Record([.. facts, Ends.Failure(unit, missing)]);
        }

        var effect = EffectOf(unit, with);
        var key = effect is StepEffect.Keyed ? Values.ToText(step.IdempotencyKey?.Resolve(unit.Scope())) : null;
        if (key is "")
            key = StepState.Round(unit.View.State.Id, unit.Path, unit.BeforeRound(state, with.Hash));
        var started = new RunFact.StepStarted(unit.Path, state.Attempts.Count + 1, effect, with.Hash, key, Deadline(unit), before);
        facts.Add(started);
        return new Next.Act(facts, new StepCall(unit, CallPart.Main, started));
    }

    // Only what the check sees counts: one that cannot look keeps nobody from acting.
    private static Next? AlreadyDone(Unit unit, long agreed)
    {
        if (ProbePlanner.Next(unit, CallPart.Check, Math.Max(LookedFrom(unit), agreed), out var probed) is { } probing)
            return probing;
        // What was sent may have done it; compared is with what there was before that.
        var sent = unit.State.Sent.LastOrDefault(attempt => !unit.HasOthersThan(attempt));
        if (!ProbePlanner.Holds(unit, probed, sent))
            return null;
        var end = sent is null ? Ends.Skipped(unit, "already done, says its check") : Ends.Success(unit, "recovered by check");
        return new Next.Record(end.With(probed));
    }

    // What was seen before an attempt, with other inputs, or by a process that has died since, is old: nobody knows how long nobody looked.
    private static long LookedFrom(Unit unit) =>
        Math.Max(
            Math.Max(unit.State.Attempts.LastOrDefault()?.EndedVersion ?? 0, unit.View.State.TakenOver),
            unit.Frame.IsRoot ? unit.View.State.Former.LastOrDefault()?.Until ?? 0 : 0
        );

    /// <summary>The call in one line.</summary>
    public static string Describe(Unit unit, Resolved with)
    {
        if (unit.Step.Uses is { } uses && unit.View.Actions.TryGetValue(uses.Action, out var action))
            return action.Describe(with.Json);
        return unit.Step.Script is { } script ? Describe(script) + ShownVariables.Of(with.Json) : unit.Step.Name ?? unit.Step.Id;
    }

    internal static string Describe(ScriptDefinition script) => $"on the bot's machine, {script.Shell}: {FirstLine(script.Body)}";

    private static string FirstLine(string body)
    {
        var lines = body.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length switch
        {
            0 => "",
            1 => lines[0],
            _ => $"{lines[0]} … ({lines.Length} lines)",
        };
    }
}
