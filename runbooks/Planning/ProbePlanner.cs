using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>Runs <c>before</c> or <c>check</c> once after a given point of the run, a few times if nothing comes back.</summary>
internal static class ProbePlanner
{
    private const int Attempts = 3;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(500);

    /// <param name="since">The run's version after which a probe counts.</param>
    /// <returns>Null once there is an outcome in <paramref name="probed"/>.</returns>
    public static Next? Next(Unit unit, CallPart part, long since, out StepState probed)
    {
        var path = unit.Path + (part is CallPart.Before ? StepPath.Before : StepPath.Check);
        var view = unit.View;
        probed = view.Of(path);
        // One that a dead process left open has seen nothing.
        if (probed.Open is { } open)
            return StepPlanner.UnderWay(unit, path, open);
        // What was looked at before a person had the step done anew was another round.
        var fresh = probed.Attempts.Skip(probed.Earlier).Count(attempt => attempt.StartedVersion > since);
        if (fresh > 0)
        {
            if (IsOver(probed) || fresh >= Attempts)
                return null;
            var again = probed.Attempts[^1].EndedAt + Delay;
            if (again > view.Now)
                return new Next.Park(again);
        }

        var uses = part is CallPart.Before ? unit.Step.Before!.Uses : unit.Step.Check!.Uses;
        var started = new RunFact.StepStarted(
            path,
            probed.Attempts.Count + 1,
            StepEffect.Read,
            StepInputs.Arguments(unit, uses).Hash,
            null,
            StepPlanner.Deadline(unit),
            null
        );
        return new Next.Act([started], new StepCall(unit, part, started));
    }

    /// <summary>Whether the check, as it has answered, says that the step's effect is there.</summary>
    /// <param name="attempt">The attempt whose <c>before</c> it compares with.</param>
    public static bool Holds(Unit unit, StepState probed, StepAttempt? attempt)
    {
        if (!Answered(unit, probed))
            return false;
        if (unit.Step.Check!.DoneWhen is not { } condition)
            return probed.Outcome is StepOutcome.Success;
        var seen = new MapValue([
            KeyValuePair.Create("result", KeptValues.Of(probed.Outputs, probed.Masked, probed.Cut, "result")),
            KeyValuePair.Create("before", Unit.Baseline(attempt)),
        ]);
        return condition.Holds(unit.Scope(seen));
    }

    /// <summary>
    /// Whether it could look. Which refusals are a no says <see cref="RefusedAnswer"/>; a condition on what was found says nothing where nothing was.
    /// </summary>
    public static bool Answered(Unit unit, StepState probed) =>
        IsOver(probed) && (probed.Outcome is StepOutcome.Success || unit.Step.Check!.DoneWhen is null || probed.Outputs is not null);

    /// <summary>Of a check that has no answer to its question: it is neither a yes nor a no.</summary>
    public static string Unread(ExpressionException fault) => $"what its check found cannot be judged: {fault.Message}";

    private static bool IsOver(StepState probed) => probed.Outcome is StepOutcome.Success || probed.Class is FailureClass.Refused;
}
