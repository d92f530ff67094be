using System.Text.Json;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>What comes next for the one step that a run stands at.</summary>
internal static class StepPlanner
{
    private const int ProbeAttempts = 3;
    private static readonly TimeSpan ProbeDelay = TimeSpan.FromMilliseconds(500);

    public static Next Next(PlanView view, StepDefinition step, bool isFinally)
    {
        var state = view.Of(step.Id);
        try
        {
            if (state.Attempts is [.., { EndedAt: null } open])
                return Orphan(view, step.Id, open);
            if (state.Outcome is StepOutcome.Unknown)
                return UnknownPlanner.Next(view, step, state);
            if (state.Retry is { } retry && retry > view.Now)
                return new Next.Park(retry);
            if (IsFresh(state) && Skips(view, step, isFinally) is { } why)
                return new Next.Record(new RunFact.StepEnded(step.Id, 0, StepOutcome.Skipped, null, null, why, null));
            if (step.Wait is { } wait)
                return WaitPlanner.Next(view, step, state, wait);
            return Start(view, step, state);
        }
        catch (ExpressionException fault)
        {
            return new Next.Record(new RunFact.StepEnded(step.Id, 0, StepOutcome.Failure, FailureClass.NotSent, null, fault.Message, null));
        }
    }

    /// <summary>An attempt of a process that is gone: again where that harms nobody, else it has to be found out.</summary>
    internal static Next Orphan(PlanView view, string path, StepAttempt open)
    {
        const string Because = "the process that ran it ended before its answer was recorded";
        if (open.Effect is not StepEffect.Once)
            return new Next.Record(
                new RunFact.StepEnded(path, open.Number, StepOutcome.Unknown, FailureClass.Unknown, null, Because, view.Now)
            );
        if (view.Now < open.Deadline && !view.Gone(open))
            return new Next.Park(open.Deadline);
        return new Next.Record(new RunFact.StepEnded(path, open.Number, StepOutcome.Unknown, FailureClass.Unknown, null, Because, null));
    }

    private static bool IsFresh(StepState state) =>
        state is { Outcome: StepOutcome.Pending, Wait: null, WaitedOut: false, Attempts.Count: 0, Decisions.Count: 0 };

    private static string? Skips(PlanView view, StepDefinition step, bool isFinally)
    {
        if (step.If is { } condition)
            return condition.Holds(view.Scope()) ? null : $"if: {condition.Text.Trim()}";
        return isFinally || RunContexts.StatusOf(view) is RunStatus.Success ? null : "an earlier step failed";
    }

    private static Next Start(PlanView view, StepDefinition step, StepState state)
    {
        var with = Inputs(view, step);
        var facts = new List<RunFact>();
        if (step.Approve is { } approve)
        {
            if (ApprovalPlanner.Next(view, step, state, approve, with) is { } held)
                return held;
            if (state.Wait is not null)
                facts.Add(new RunFact.WaitOver(step.Id, "approved"));
        }

        if (step.IsGate)
        {
            facts.Add(new RunFact.StepEnded(step.Id, 0, StepOutcome.Success, null, null, "approved", null));
            return new Next.Record(facts);
        }

        JsonElement? before = null;
        if (step.Before is { } baseline)
        {
            var since = state.Attempts.Count > 0 ? state.Attempts[^1].EndedVersion : 0;
            if (Probe(view, step, CallPart.Before, since, out var probed) is { } first)
                return first;
            if (probed!.Outcome is not StepOutcome.Success && !baseline.Optional)
                return new Next.Record(
                    new RunFact.StepEnded(step.Id, 0, StepOutcome.Failure, FailureClass.NotSent, null, $"before: {probed.Because}", null)
                );
            before = probed.Outcome is StepOutcome.Success ? probed.Outputs : null;
        }

        var number = state.Attempts.Count + 1;
        var effect = EffectOf(view, step, with);
        var key = effect is StepEffect.Keyed ? Values.ToText(step.IdempotencyKey?.Resolve(view.Scope())) : null;
        if (key is "")
            key = $"{view.State.Id}/{step.Id}";
        var started = new RunFact.StepStarted(step.Id, number, effect, with.Hash, key, Deadline(view, step), before);
        facts.Add(started);
        return new Next.Act(facts, new StepCall(step, CallPart.Main, started));
    }

    /// <summary>Runs <c>before</c> or <c>check</c> once after a given point of the run, a few times if nothing comes back.</summary>
    /// <returns>Null once there is an outcome in <paramref name="probed"/>.</returns>
    internal static Next? Probe(PlanView view, StepDefinition step, CallPart part, long since, out StepState? probed)
    {
        var path = step.Id + (part is CallPart.Before ? ".before" : ".check");
        var state = view.Of(path);
        probed = state;
        var fresh = state.Attempts.Count(attempt => attempt.StartedVersion > since);
        if (fresh > 0)
        {
            var last = state.Attempts[^1];
            if (last.EndedAt is null)
                return Orphan(view, path, last);
            var answered = state.Outcome is StepOutcome.Success || state.Class is FailureClass.Refused;
            if (answered || fresh >= ProbeAttempts)
                return null;
            if (last.EndedAt + ProbeDelay > view.Now)
                return new Next.Park(last.EndedAt + ProbeDelay);
        }

        var uses = part is CallPart.Before ? step.Before!.Uses : step.Check!.Uses;
        var started = new RunFact.StepStarted(
            path,
            state.Attempts.Count + 1,
            StepEffect.Read,
            uses.With.ToJson(view.Scope()).Hash,
            null,
            Deadline(view, step),
            null
        );
        return new Next.Act([started], new StepCall(step, part, started));
    }

    /// <summary>What the step will do, resolved, secrets as references; a script's inputs are its body and environment.</summary>
    internal static Resolved Inputs(PlanView view, StepDefinition step)
    {
        if (step.Uses is { } uses)
            return uses.With.ToJson(view.For(uses).Scope());
        if (step.Script is not { } script)
            return Resolved.Nothing;
        var scope = view.Scope();
        var env = view.Definition.Env.Concat(script.Env).Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Resolve(scope)));
        return Resolved.Of(
            Values.ToJson(
                new MapValue([
                    KeyValuePair.Create("run", (object?)script.Body),
                    KeyValuePair.Create("env", (object?)new MapValue([.. env])),
                ])
            )
        );
    }

    internal static StepEffect EffectOf(PlanView view, StepDefinition step, Resolved with)
    {
        if (step.Effect is { } declared)
            return declared;
        return step.Uses is { } uses && view.Actions.TryGetValue(uses.Action, out var action)
            ? action.EffectOf(with.Json)
            : StepEffect.Once;
    }

    private static DateTimeOffset Deadline(PlanView view, StepDefinition step) => view.Now + (step.Timeout ?? StepCall.DefaultTimeout);
}
