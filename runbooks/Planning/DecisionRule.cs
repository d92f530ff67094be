using System.Globalization;
using System.Text.Json;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>What somebody decides about a run.</summary>
/// <param name="Step">Path; empty for the run as a whole.</param>
/// <param name="Hash">
/// What whoever decides has seen: on a card, a page, in a form. Null: they name the step without having seen a question; it binds to what is
/// asked now, and they are told what that was.
/// </param>
/// <param name="Answers">By input: for questions, and for changed inputs.</param>
/// <param name="BreakGlass">Alone, against the rule of who and how many.</param>
public sealed record DecisionMade(
    string Step,
    RunDecision Decision,
    string By,
    string? Hash = null,
    string? Reason = null,
    JsonElement? Answers = null,
    bool BreakGlass = false
);

/// <summary>Which decisions a run takes at its steps. Who may decide is another question: roles are not known here.</summary>
public static class DecisionRule
{
    public const string NotSelf = "Who started the run may not approve this step; somebody else has to.";
    public const string ChangedMeanwhile = "What the step would do has changed since you looked. Look at it again.";
    public const string AskedAnew = "It is asked anew since you looked. Look at it again.";
    public const string NoInputs = "Give the inputs that change, by name.";
    public const string NotAskedAnyMore = "What you decide about is not asked any more. Look at the run again.";

    /// <returns>Null if the decision fits, else why not.</returns>
    public static string? Refusal(RunbookSet books, RunState state, DecisionMade made)
    {
        if (made.Decision is RunDecision.Retry && state.IsOver)
            return RetryOfOver(books, state, made);
        if (state.IsOver)
            return Prose($"The run {state.Id} is over.", Told(state, made));
        if (NeedsReason(made) && string.IsNullOrWhiteSpace(made.Reason))
            return $"'{Definition.Words.Of(made.Decision)}'{(made.BreakGlass ? " alone" : "")} needs a reason; it goes on the timeline.";
        // What was not undone stays, and the end names it.
        if (made.Decision is RunDecision.StopAndUndo && state is { Undoing: true, UndoWanted: false, CancelRequestedBy: { } by })
            return $"{by} has stopped its undoing already; it is not begun again.";
        return made.Step.Length == 0 ? OfRun(state, made) : OfStep(books, state, made);
    }

    /// <summary>What can be decided about a step as it is now, or about the run (the empty path): whatever would not be refused.</summary>
    public static IReadOnlyList<RunDecision> Choices(RunbookSet books, RunState state, string step) =>
        [
            .. Enum.GetValues<RunDecision>()
                .Where(decision =>
                    Refusal(books, state, new DecisionMade(step, decision, "", Reason: "it is asked what fits", Answers: NoAnswers)) is null
                ),
        ];

    /// <summary>Where people would have a run that failed go on: at what failed, or at the first of what was undone since.</summary>
    public static IReadOnlyList<string> GoesOnFrom(RunbookSet books, RunState state)
    {
        var undone = UndoPlanner.FirstUndone(View(books, state));
        return
        [
            .. books
                .Root.Steps.Select(step => step.Id)
                .Where(step => step == undone || state.Steps.GetValueOrDefault(step) is { Outcome: StepOutcome.Failure })
                .Where(step => Refusal(books, state, new DecisionMade(step, RunDecision.Retry, "")) is null),
        ];
    }

    public static string NotAmong(IReadOnlyList<string> groups) => $"Only {string.Join(", ", groups)} may decide this.";

    /// <summary>The wait that a decision is about; null for one that nobody was asked for.</summary>
    public static StepWait? WaitFor(RunState state, DecisionMade made) =>
        state.WaitAt(made.Step) is { } wait && Fits(wait, made.Decision) ? wait : null;

    private static bool NeedsReason(DecisionMade made) =>
        made.BreakGlass || made.Decision is RunDecision.Skip or RunDecision.DoneByHand or RunDecision.ChangeInputs;

    private static string? OfRun(RunState state, DecisionMade made) =>
        made.Hash is not null && made.Hash != (state.Wait?.Hash ?? "")
            ? NotAskedAnyMore
            : made.Decision switch
            {
                RunDecision.Stop or RunDecision.StopAndUndo => null,
                RunDecision.ChangeInputs => made.Answers is { ValueKind: JsonValueKind.Object } ? null : NoInputs,
                RunDecision.Release when state.Wait is { Kind: WaitKind.Hold } => null,
                RunDecision.Release => $"The run {state.Id} is not on hold.",
                _ => $"'{Definition.Words.Of(made.Decision)}' is about a step; name it.",
            };

    private static string? OfStep(RunbookSet books, RunState state, DecisionMade made)
    {
        // Nobody is asked about a look, but about the step that it is for.
        if (StepPath.IsProbe(made.Step) || UnitAt(books, state, made.Step) is not { } unit)
            return $"The run has no step '{made.Step}'.";
        var known = unit.State;
        if (known.Wait is { } wait && Fits(wait, made.Decision))
        {
            if (made.Hash is not null && made.Hash != (wait.Hash ?? ""))
                return Told(state, made) is { } told ? Prose("It is asked anew: look at it again.", told)
                    // A run that was begun anew asks again about the same.
                    : wait.Kind is WaitKind.Approval && state.Retries == 0 ? ChangedMeanwhile
                    : AskedAnew;
            if (
                made is { Decision: RunDecision.Approve, BreakGlass: false }
                && unit.Step.Approve is { Self: false }
                && made.By == state.StartedBy
            )
                return NotSelf;
            if (made.Decision is RunDecision.StopAndUndo && StepPath.IsUndo(made.Step))
                return $"It is being undone: '{Definition.Words.Of(RunDecision.Stop)}' ends that.";
            if (made.Decision is RunDecision.DoneByHand && !wait.BeforeUndo && unit.Elsewhere is { } elsewhere)
                return $"{BegunElsewhere(unit, elsewhere)} Look, then decide 'happened' or, if it did not, 'run-again'.";
            return SettledBy(unit, wait) is { } first ? Told([first])
                : made is { Decision: RunDecision.Approve, BreakGlass: false } && HasAgreed(known, wait, made.By)
                    ? "You have approved this already; it needs somebody else, too."
                : null;
        }

        // A card asked, and meanwhile somebody else has answered it: what fits as well now is not what it asked.
        if (made.Hash is not null && made.Hash != (known.Wait?.Hash ?? ""))
            return Told(state, made) ?? NotAskedAnyMore;
        return made.Decision switch
        {
            RunDecision.Stop or RunDecision.StopAndUndo =>
                $"'{Definition.Words.Of(made.Decision)}' of a step is for one whose outcome is unknown; leave out the step.",
            RunDecision.Retry when known is { Retry: not null, Wait: null } => null,
            RunDecision.Skip or RunDecision.DoneByHand => Taken(unit, made.Decision),
            RunDecision.RunAgain or RunDecision.Retry when known.Wait is { BeforeUndo: true } =>
                $"The step '{StepPath.Owner(made.Step)}' is to be undone, not run again. If it did not happen, decide 'did-not-happen'.",
            // To try it again is to say that it did not happen, which whoever types this has perhaps not looked at.
            RunDecision.Retry when known.Wait is { Kind: WaitKind.Unknown } =>
                $"Nobody knows whether the step '{made.Step}' happened. Look, then decide 'happened' or, if it did not, 'run-again'.",
            _ when known.Wait is { } other =>
                $"The step '{made.Step}' waits for {Definition.Words.Of(other.Kind)}; '{Definition.Words.Of(made.Decision)}' does not fit.",
            _ => $"The step '{made.Step}' waits for nothing.",
        };
    }

    // The run's process looks a moment later, or when another node has taken it over: until then the question stands there, answered.
    private static StepDecision? SettledBy(Unit unit, StepWait wait) =>
        wait.Kind is WaitKind.Approval
            ? unit.Step.Approve is { } approve
                ? ApprovalPlanner.Settling(unit.State, approve, wait.Hash)
                : null
            : unit.State.Decisions.Skip(wait.DecisionsBefore).FirstOrDefault(decision => Fits(wait, decision.Decision));

    // Whoever comes late is told what became of the question that they saw.
    private static string? Told(RunState state, DecisionMade made) =>
        made.Hash is { Length: > 0 } hash
        && state.Steps.GetValueOrDefault(made.Step)?.Decisions.Where(decision => decision.Hash == hash).ToList() is [_, ..] decided
            ? Told(decided)
            : null;

    private static string Told(IReadOnlyList<StepDecision> decided) =>
        $"It is decided already: {string.Join(", ", decided.Select(one => $"{one.By} {Did(one.Decision)} at {one.At.UtcDateTime.ToString("HH:mm", CultureInfo.InvariantCulture)} UTC"))}.";

    private static string Did(RunDecision decision) =>
        decision switch
        {
            RunDecision.Approve => "approved it",
            RunDecision.Deny => "denied it",
            RunDecision.Answer => "answered it",
            RunDecision.Happened => "said that it happened",
            RunDecision.RunAgain => "had it run again",
            RunDecision.DidNotHappen => "said that it did not happen",
            RunDecision.DoneByHand => "did it by hand",
            RunDecision.Skip => "skipped it",
            RunDecision.Stop => "stopped the run",
            RunDecision.StopAndUndo => "stopped the run, to be undone",
            _ => $"decided '{Definition.Words.Of(decision)}'",
        };

    private static string Prose(string now, string? before) => before is null ? now : $"{before} {now}";

    private static bool HasAgreed(StepState state, StepWait wait, string by) =>
        state.Decisions.Any(decision => decision.Decision is RunDecision.Approve && decision.Hash == wait.Hash && decision.By == by);

    private static string BegunElsewhere(Unit unit, StepAttempt attempt) =>
        $"Attempt {attempt.Number} of the step '{unit.Path}' was begun with other inputs, and may have changed something.";

    private static string? Taken(Unit unit, RunDecision decision)
    {
        var state = unit.State;
        if (state.IsOver)
            return $"The step '{unit.Path}' is over.";
        if ((state.Open is not null && !state.IsAwaited) || state.Begun)
            return $"The step '{unit.Path}' is under way. Stop the run, or wait for its end.";
        // A check looks, and an undo acts, where the step was done: by then it has to be known where.
        if (decision is RunDecision.DoneByHand && unit.Elsewhere is { } elsewhere)
            return $"{BegunElsewhere(unit, elsewhere)} People are asked about that first{(state.Retry is null ? "" : "; 'retry' has them asked now")}.";
        // Whoever may run it would approve by that what others have to.
        if (decision is RunDecision.DoneByHand && (unit.Step.IsGate || unit.Step.Ask is not null))
            return $"The step '{unit.Path}' only asks people; there is nothing to do by hand.";
        return decision is RunDecision.Skip && !unit.Step.SkipAllowed ? $"The step '{unit.Path}' has no 'skip-allowed: true'." : null;
    }

    private static string? RetryOfOver(RunbookSet books, RunState state, DecisionMade made)
    {
        var step = made.Step;
        if (made.Hash is not null && made.Hash != Binding.OfEnd(state))
            return NotAskedAnyMore;
        if (state.Phase is RunPhase.Succeeded)
            return $"The run {state.Id} has succeeded; start another one.";
        if (!books.Root.Steps.Any(one => one.Id == step))
            return $"Name a step of '{books.Root.Name}' to go on from: {string.Join(", ", books.Root.Steps.Select(one => one.Id))}.";
        return
            UndoPlanner.FirstUndone(View(books, state)) is { } undone
            && books.Root.Steps.TakeWhile(one => one.Id != step).Any(one => one.Id == undone)
            ? $"'{step}' comes after '{undone}', which was undone, or may be. Go on from '{undone}', which does it again."
            : null;
    }

    /// <summary>What a decision is on the log, or why it does not fit.</summary>
    /// <param name="node">Who carries the run on if it goes on from a step.</param>
    public static (string? Refusal, RunFact? Fact) Decide(RunbookSet books, RunState state, DecisionMade made, string node)
    {
        if (Refusal(books, state, made) is { } refusal)
            return (refusal, null);
        switch (made)
        {
            case { Step: "", Decision: RunDecision.Stop or RunDecision.StopAndUndo }:
                var undo = made.Decision is RunDecision.StopAndUndo;
                return (null, new RunFact.CancelRequested(made.By, made.Reason ?? "stopped by hand", undo));
            case { Decision: RunDecision.ChangeInputs }:
                return Changed(books, state, made);
            case { Decision: RunDecision.Answer }:
                return Answered(books, state, made);
            case { Decision: RunDecision.Retry } when state.IsOver:
                return (null, Retried(books, state, made, node));
            default:
                return (null, Decided(state, made, null));
        }
    }

    private static RunFact.Decided Decided(RunState state, DecisionMade made, JsonElement? answers)
    {
        var wait = WaitFor(state, made);
        return new(made.Step, made.Decision, made.By, made.Reason, wait?.Hash, answers, made.BreakGlass, wait is { BeforeUndo: true });
    }

    private static (string?, RunFact?) Answered(RunbookSet books, RunState state, DecisionMade made)
    {
        var unit = UnitAt(books, state, made.Step)!;
        var given = made.Answers is { ValueKind: JsonValueKind.Object } object_ ? object_ : NoAnswers;
        var (answers, problems) = InputResolver.Resolve(unit.Step.Ask!.Inputs, given, state.Alert, state.Incident, unit.Frame.Inputs);
        return answers is null ? (Words(problems), null) : (null, Decided(state, made, answers));
    }

    // What is not given stays as it is; secrets are read by their references as ever.
    private static (string?, RunFact?) Changed(RunbookSet books, RunState state, DecisionMade made)
    {
        var secrets = books.Root.Inputs.Where(input => input.Type is InputType.Secret).Select(input => input.Name);
        var now = ((MapValue)Values.From(state.Inputs)!).Entries.Where(entry => !secrets.Contains(entry.Key, StringComparer.Ordinal));
        var given = ((MapValue)Values.From(made.Answers!.Value)!).Entries;
        if (given.Count == 0)
            return (NoInputs, null);
        var all = now.Where(entry => given.All(one => one.Key != entry.Key)).Concat(given);
        var (inputs, problems) = InputResolver.Resolve(
            books.Root.Inputs,
            Values.ToJson(new MapValue([.. all])),
            state.Alert,
            state.Incident
        );
        if (inputs is not { } changed)
            return (Words(problems), null);
        return Bound(books, state, changed) is { } bound
            ? (bound, null)
            : (null, new RunFact.InputsChanged(made.By, made.Reason, changed) { Given = Named(changed, given) });
    }

    // What is nothing becomes its default.
    private static JsonElement Named(JsonElement inputs, IEnumerable<KeyValuePair<string, object?>> given)
    {
        var all = (MapValue)Values.From(inputs)!;
        return Values.ToJson(
            new MapValue([.. given.Select(one => KeyValuePair.Create(one.Key, all.TryGet(one.Key, out var value) ? value : null))])
        );
    }

    /// <returns>What was agreed to, or locked, with the inputs as they are, and would not be any more; null: nothing.</returns>
    private static string? Bound(RunbookSet books, RunState state, JsonElement inputs)
    {
        var view = View(books, state);
        var approved = state
            .Steps.Where(step => step.Value is { Begun: true, IsOver: false })
            .Select(step => Units.At(view, step.Key))
            .FirstOrDefault(unit => unit is { Frame.IsRoot: true, Step.Approve: not null });
        if (approved is not null)
            return $"'{approved.Path}' is under way, which people approved with the inputs as they are. Wait for its end, or stop the run.";
        if (state.Steps.Keys.Order(StringComparer.Ordinal).FirstOrDefault(step => IsPassed(view, step)) is { } gate)
            return $"'{gate}' was approved with the inputs as they are, and what comes after it goes by them. Stop the run, and start another one.";
        if (state.Locks.Keys.FirstOrDefault(scope => Units.At(view, scope) is { Frame.IsRoot: true, State.Begun: false }) is { } waits)
            return $"'{waits}' waits for a lock with the inputs as they are. Wait until it has it, or stop the run.";
        if (state.Locks.GetValueOrDefault("") is not { } held)
            return null;
        try
        {
            var wanted = LockNames.Of(Frame.Root(view) with { Inputs = inputs });
            return wanted.SequenceEqual(held.Names, StringComparer.Ordinal)
                ? null
                : $"With these inputs the run would need the lock {string.Join(", ", wanted)} instead of {string.Join(", ", held.Names)}. "
                    + "Stop it, and start another one.";
        }
        catch (ExpressionException fault)
        {
            return $"locks: {fault.Message}";
        }
    }

    // A gate that was approved, with steps after it that are still to be done: people have agreed to them as they were.
    private static bool IsPassed(PlanView view, string path)
    {
        if (view.Of(path).Outcome is not StepOutcome.Success || Units.At(view, path) is not { Frame.IsRoot: true, Step.IsGate: true } gate)
            return false;
        var root = StepPath.Root(path);
        return (gate.IsFinally ? view.Books.Root.Finally : view.Books.Root.Steps)
            .SkipWhile(step => step.WithMembers.All(one => one.Id != root))
            .Skip(1)
            .Any(step => !view.Of(step.Id).IsOver);
    }

    private static string Words(IReadOnlyList<InputProblem> problems) => string.Join('\n', problems.Select(problem => problem.Sentence));

    private static RunFact.RetriedFrom Retried(RunbookSet books, RunState state, DecisionMade made, string node) =>
        new(
            made.Step,
            made.By,
            made.Reason,
            [
                .. books
                    .Root.Steps.SkipWhile(step => step.Id != made.Step)
                    .Concat(books.Root.Finally)
                    .SelectMany(step => step.WithMembers)
                    .Select(step => step.Id),
            ],
            node,
            state.Epoch + 1
        );

    private static Unit? UnitAt(RunbookSet books, RunState state, string path) => Units.At(View(books, state), path);

    private static PlanView View(RunbookSet books, RunState state) =>
        new(books, Nothing, state, state.StartedAt, 0, null, _ => false, _ => false);

    private static bool Fits(StepWait wait, RunDecision decision) =>
        wait.Kind switch
        {
            WaitKind.Approval => decision is RunDecision.Approve or RunDecision.Deny,
            WaitKind.Answer => decision is RunDecision.Answer,
            WaitKind.Hold => decision is RunDecision.Release,
            WaitKind.Unknown => decision == (wait.BeforeUndo ? RunDecision.DidNotHappen : RunDecision.RunAgain)
                || decision
                    is RunDecision.Happened
                        or RunDecision.DoneByHand
                        or RunDecision.Skip
                        or RunDecision.Stop
                        or RunDecision.StopAndUndo,
            _ => false,
        };

    private static readonly Dictionary<string, Actions.IStepAction> Nothing = [];
    private static readonly JsonElement NoAnswers = JsonElement.Parse("{}");
}
