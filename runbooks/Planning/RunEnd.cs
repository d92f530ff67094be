using System.Text.Json;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>How a run, or a runbook that a step called, has ended. Pure.</summary>
internal static class RunEnd
{
    private const int MostLeft = 50;

    public static RunFact.Ended Of(Frame frame)
    {
        var state = frame.View.State;
        if (state.CancelRequestedBy is { } by)
            return Broken(RunPhase.Cancelled, $"cancelled by {by}", null);
        var (outputs, fault) = Outputs(frame);
        return (Failed(frame) ?? fault) is { } failed
            ? Broken(RunPhase.Failed, failed, outputs)
            : new RunFact.Ended(RunPhase.Succeeded, Idle(frame.View), outputs);

        RunFact.Ended Broken(RunPhase phase, string why, JsonElement? made)
        {
            var left = LeftBehind(frame.View);
            return new RunFact.Ended(phase, Because(why, frame.View, left), made, left);
        }
    }

    /// <summary>The first step that failed, in words; null if none did.</summary>
    public static string? Failed(Frame frame)
    {
        foreach (var step in frame.Definition.StepsAndFinally)
        {
            var state = frame.View.Of(frame.Prefix + step.Id);
            if (!RunContexts.HasFailed(step, state))
                continue;
            var why = state.Because ?? Words.Of(state.Outcome);
            return why == frame.Stop ? why : $"{step.Id}: {why}";
        }

        return null;
    }

    /// <returns>Null where the runbook has none; the fault where one of them cannot be made.</returns>
    public static (JsonElement? Outputs, string? Fault) Outputs(Frame frame)
    {
        if (frame.Definition.Outputs.Count == 0)
            return (null, null);
        try
        {
            var scope = frame.Scope();
            var made = frame.Definition.Outputs.Select(output => KeyValuePair.Create(output.Key, output.Value.Resolve(scope)));
            return (Values.ToKept(new MapValue([.. made])), null);
        }
        catch (ExpressionException fault)
        {
            return (null, $"outputs: {fault.Message}");
        }
    }

    /// <summary>Why a run that ended well repaired nothing, so that nobody takes what it looked at for repaired; null: it did something.</summary>
    private static string? Idle(PlanView view)
    {
        var steps = view.State.Steps;
        if (steps.Any(step => !StepPath.IsProbe(step.Key) && HasDone(step.Value) && !OnlyTells(view, step.Key)))
            return null;
        var end = steps.Where(step => step.Value.EndsRun).OrderBy(step => step.Key, StringComparer.Ordinal).FirstOrDefault();
        return end.Key is null ? "it only looked, and told" : $"nothing had to be done, see {end.Key}: {end.Value.Because}";
    }

    private static bool HasDone(StepState step) =>
        step.Attempts.Exists(attempt => attempt is { Acted: true, Class: not FailureClass.Refused })
        || step.Decisions.Exists(decision => decision.Decision is RunDecision.Happened or RunDecision.DoneByHand);

    private static bool OnlyTells(PlanView view, string path) =>
        Units.At(view, path)?.Step.Uses is { } uses && view.Actions.GetValueOrDefault(uses.Action) is { ShowsArguments: true };

    private static string Because(string why, PlanView view, List<string>? left)
    {
        if (!view.State.Undoing)
            return why;
        var undos = UndoPlanner.Started(view).Select(unit => unit.Undo.State).ToList();
        var how =
            undos.Exists(undo => undo.Outcome is StepOutcome.Unknown) ? "whether what it had started was undone is not known"
            : !undos.Exists(UndoPlanner.IsUndone) ? "what it had started was not undone"
            : left is null ? "what it had started was undone"
            : "not all that it had started was undone";
        return $"{why}; {how}, see the steps";
    }

    // What changed something, or may have, and was not taken back.
    private static List<string>? LeftBehind(PlanView view)
    {
        var left = new List<string>();
        foreach (var (path, step) in view.State.Steps.OrderBy(step => step.Value.Attempts.FirstOrDefault()?.StartedVersion))
        {
            var lasting = step
                .Attempts.Where(attempt =>
                    attempt.Acted && !step.LeftNothing(attempt) && (attempt.Stands || attempt.Number > step.TakenBack)
                )
                .ToList();
            var isThere = lasting.Count > 0 || (step.IsThere && step.Sent.Any(attempt => attempt.Acted));
            if (StepPath.IsPart(path) || !isThere || OnlyTells(view, path) || Units.At(view, path) is { IsFinally: true })
                continue;
            var undo = view.Of(path + StepPath.Undo);
            // Who goes on may do it once more.
            var undone = UndoPlanner.IsUndone(undo) && !lasting.Exists(attempt => attempt.MayAct);
            var standing = lasting.Where(attempt => attempt.Stands).Select(attempt => attempt.Number).ToList();
            if (undone && (standing.Count == 0 || UndoPlanner.IsUndoneByHand(undo)))
                continue;
            if (left.Count == MostLeft)
            {
                left.Add("…");
                break;
            }

            left.Add(
                undone
                    ? $"{path}: {Standing(standing)}"
                    : $"{path}: {Words.Of(step.Outcome)}"
                        + (undo.IsFresh ? "" : $", its undo: {Words.Of(undo.Outcome)}")
                        + (Why(step) is { } why ? $" ({why})" : "")
            );
        }

        return left.Count == 0 ? null : left;
    }

    // Who stopped it says nothing of who goes on.
    private static string? Why(StepState step) =>
        step.Attempts.FindLast(attempt => attempt.MayAct || attempt.LivesOn is not null) is { } acts
            ? acts.AndWhoLives(step.Because)
            : step.Because;

    private static string Standing(List<int> attempts) =>
        $"attempt{(attempts.Count == 1 ? "" : "s")} {string.Join(", ", attempts)}, from before the run went on, "
        + $"{(attempts.Count == 1 ? "was" : "were")} not undone";
}
