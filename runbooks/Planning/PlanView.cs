using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>All that a plan is made from. Pure: the same view gives the same plan.</summary>
/// <param name="Chance">In [0, 1), for jitter.</param>
/// <param name="AlertState">Whether the alert fires now; null if nobody looked.</param>
/// <param name="Gone">Whether the process behind an open attempt is proven dead.</param>
/// <param name="InFlight">Whether this process makes the attempt at that path right now.</param>
public sealed record PlanView(
    RunbookSet Books,
    IReadOnlyDictionary<string, IStepAction> Actions,
    RunState State,
    DateTimeOffset Now,
    double Chance,
    string? AlertState,
    Func<StepAttempt, bool> Gone,
    Func<string, bool> InFlight
)
{
    /// <summary>For what people see: a masked text is its stars, one that was cut its beginning. Elsewhere nobody can use it.</summary>
    public bool ShowsWithheld { get; init; }

    public StepState Of(string path) => State.Steps.GetValueOrDefault(path) ?? StepState.Fresh;

    /// <summary>As the arguments of an action see it.</summary>
    internal PlanView For(UseDefinition uses) =>
        Actions.GetValueOrDefault(uses.Action) is { ShowsArguments: true } ? this with { ShowsWithheld = true } : this;
}

/// <summary>One list of steps under way: the run's own, or that of a runbook which a step has called.</summary>
/// <param name="Prefix">Before the ids of its steps: empty for the run's own, <c>call/</c> for a called one.</param>
/// <param name="Stop">Why no more of its steps may start, and those under way are interrupted; null: they may.</param>
public sealed record Frame(PlanView View, RunbookDefinition Definition, string Prefix, JsonElement Inputs, string? Stop)
{
    /// <summary>Why no more of its steps may start, while those under way come to their end; null: they may.</summary>
    public string? Halt { get; init; }

    /// <summary>Why nothing new begins.</summary>
    internal string? Over => Stop ?? Halt;

    /// <summary>Its steps run whatever happened: those of <c>finally</c>, and an undo.</summary>
    public bool IsFree { get; init; }

    /// <summary>The version of the run whose inputs count; null: those that it has now. A called runbook keeps those that it was called with.</summary>
    internal long? AsOf { get; init; }

    internal Frame Free => this with { Stop = null, Halt = null, IsFree = true };

    internal static Frame Root(PlanView view)
    {
        var (state, limit) = (view.State, view.Books.Root.Limits.Timeout);
        var stop =
            state.CancelRequestedBy is { } by ? $"cancelled by {by}"
            : view.Now >= state.StartedAt + limit ? "the run's time limit is over"
            : null;
        return new Frame(view, view.Books.Root, "", state.Inputs, stop) { Halt = state.Halted };
    }

    internal bool IsRoot => Prefix.Length == 0;
}

/// <summary>One step at its place in the run: what is planned, called and decided about.</summary>
/// <param name="Path">Where its state is kept (<see cref="StepPath"/>).</param>
/// <param name="Prefix">Before the ids of the steps that stand beside it: the frame's, or <c>group[3]/</c> inside one target of a group.</param>
/// <param name="Target">The item of a <c>for-each</c>; null outside of one.</param>
/// <param name="IsFinally">It lies in a <c>finally</c>, the run's own or that of a called runbook, or is an undo.</param>
public sealed record Unit(Frame Frame, StepDefinition Step, string Path, string Prefix, Target? Target = null, bool IsFinally = false)
{
    public PlanView View => Frame.View;

    public StepState State => View.Of(Path);

    /// <summary>The same on a newer state of the run.</summary>
    internal Unit On(PlanView view) =>
        this with
        {
            Frame = Frame with { View = view, Inputs = Frame.IsRoot ? view.State.InputsAt(Frame.AsOf ?? long.MaxValue) : Frame.Inputs },
        };

    /// <summary>
    /// The same with the inputs that an attempt was begun with: changed ones count for what begins after that, and not for what it is judged,
    /// looked for and undone by.
    /// </summary>
    internal Unit As(StepAttempt? attempt) => AsOf(attempt?.StartedVersion);

    /// <summary>The same with the inputs that the run had at a version; null: those that it has now.</summary>
    internal Unit AsOf(long? version) =>
        version is null || Frame.AsOf is not null ? this : (this with { Frame = Frame with { AsOf = version } }).On(View);

    /// <summary>Whether inputs of the run were changed since an attempt was begun.</summary>
    internal bool HasOthersThan(StepAttempt attempt) => HasOthersThan(attempt.StartedVersion);

    /// <summary>Whether inputs of the run were changed after one of its versions, up to another.</summary>
    internal bool HasOthersThan(long version, long until = long.MaxValue) =>
        Frame is { IsRoot: true, AsOf: null } && View.State.Former.Exists(former => former.Until > version && former.Until <= until);

    /// <summary>
    /// How many attempts were made before those that are one round with an attempt: what is done with other inputs, which somebody gave meanwhile, is
    /// another thing, and nobody may take it for done.
    /// </summary>
    /// <param name="step">The step itself, or a look of it.</param>
    /// <param name="inputsHash">Of the attempt.</param>
    /// <param name="attempt">Null: it has not begun.</param>
    internal int BeforeRound(StepState step, string inputsHash, StepAttempt? attempt = null)
    {
        var before = step.BeforeRound;
        while (
            before < step.Attempts.Count
            && step.Attempts[before] is var one
            && one.InputsHash != inputsHash
            && HasOthersThan(one.StartedVersion, attempt?.StartedVersion ?? long.MaxValue)
        )
            before++;
        return before;
    }

    /// <summary>
    /// The attempt that is meant where it is asked whether the step happened: the last of which something may be there, those with other inputs first. Null: there is none; of one
    /// that left nothing only what it saw before counts, and only for the same inputs.
    /// </summary>
    internal StepAttempt? InQuestion =>
        Elsewhere ?? State.InDoubt ?? State.Lasting.LastOrDefault() ?? (State.Last is { } last && !HasOthersThan(last) ? last : null);

    /// <summary>The attempt that was begun with inputs that were changed since, and of which something may be there; null: there is none.</summary>
    internal StepAttempt? Elsewhere =>
        (State.InDoubt ?? State.Lasting.LastOrDefault(attempt => !attempt.DidNotHappen)) is { Effect: not StepEffect.Read } last
        && HasOthersThan(last)
            ? last
            : null;

    /// <summary>What <c>before</c> recorded with an attempt, as a value of an expression.</summary>
    internal static object? Baseline(StepAttempt? attempt) =>
        attempt is null ? null : KeptValues.Of(attempt.Before, attempt.BeforeMasked, attempt.BeforeCut, "before");

    /// <summary>The step's <c>undo</c>, as a step of its own.</summary>
    internal Unit Undo
    {
        get
        {
            var there = State.Lasting.ToList();
            var last = there.FindLast(attempt => attempt.Class is not FailureClass.Refused) ?? there.LastOrDefault();
            // Where no attempt left anything, a person did it by hand, or its check saw it after all.
            var version =
                last?.StartedVersion ?? (State.IsOver ? State.ByHand?.Version ?? State.Sent.LastOrDefault()?.StartedVersion : null);
            var done = AsOf(version);
            return done with { Step = Step.Undo!, Path = Path + StepPath.Undo, Frame = done.Frame.Free, IsFinally = true };
        }
    }
}

/// <param name="Item">A value of an expression.</param>
public sealed record Target(object? Item);
