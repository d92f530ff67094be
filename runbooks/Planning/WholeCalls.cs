using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>What the steps of a run do, for people who want to see all of it. Pure.</summary>
public sealed class WholeCalls(IReadOnlyDictionary<string, IStepAction> actions)
{
    /// <summary>All that people are asked about at a step: what is done once they approve it, or what may have happened.</summary>
    /// <param name="books">Null where they cannot be read.</param>
    /// <returns>Empty of a gate, which does nothing, of other waits, and where it would be something else by now.</returns>
    public IReadOnlyList<WholeCall> Asked(RunbookSet? books, RunState run, string step) =>
        books is null ? []
        : run.WaitAt(step) is { Kind: WaitKind.Unknown } wait
            ? ((wait.BeforeUndo ? null : InDoubt(books, run, step)) ?? InDoubt(books, run, StepPath.Owner(step))) is { } made ? [made]
                : []
        : Units.At(View(books, run), step) is { } unit ? ApprovalPlanner.Waiting(unit) ?? []
        : [];

    /// <summary>What the last attempt of a step was told to do.</summary>
    /// <returns>Null: there is none, or what it was made of is not there any more.</returns>
    public WholeCall? Made(RunbookSet? books, RunState run, string step) =>
        books is not null && Units.At(View(books, run), step) is { State.Last: { } last } unit ? Made(unit.As(last), last) : null;

    // One after it may have got nowhere, or have had other inputs.
    private WholeCall? InDoubt(RunbookSet books, RunState run, string step)
    {
        if (Units.At(View(books, run), step) is not { InQuestion: { } attempt } unit)
            return null;
        unit = unit.As(attempt);
        return Made(unit, attempt) is { } made ? made with { Undo = ApprovalPlanner.UndoOf(unit)?.Whole } : null;
    }

    private static WholeCall? Made(Unit unit, StepAttempt attempt)
    {
        try
        {
            var with = StepInputs.Of(unit);
            return with.Hash == attempt.InputsHash ? WholeCall.Of(unit, with.Json) : null;
        }
        catch (Expressions.ExpressionException)
        {
            // A step was begun anew on whose results it was made.
            return null;
        }
    }

    private PlanView View(RunbookSet books, RunState run) => new(books, actions, run, run.StartedAt, 0, null, _ => false, _ => false);
}
