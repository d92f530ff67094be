using System.Text.Json;
using Runbooks.Definition;

namespace Runbooks.Running;

/// <summary>What is said of each fact of a run, in chat, on pages and in tests of runbooks.</summary>
public static class RunSentences
{
    // Of a changed input; all of it is on the run's page.
    private const int MostOfValue = 100;

    /// <returns>Null for a fact that has no sentence; it is shown raw.</returns>
    public static string? Of(RunFact fact) =>
        fact switch
        {
            RunFact.Started started => $"Run of {started.Runbook} started by {started.StartedBy} on {started.Node}",
            RunFact.StepStarted step => (Look(step.Step, "looks") ?? $"{Name(step.Step)} started") + Attempt(step.Number),
            RunFact.ProcessStarted process => $"Step {process.Step} runs as process {process.Pid} on {process.Host}",
            RunFact.ProcessesLeft left => $"Of step {left.Step} {left.Living}",
            RunFact.ProcessesEnded over => $"Nobody acts for step {over.Step} any more",
            RunFact.ArtifactsKept left => Of(left),
            RunFact.StepEnded step => Of(step),
            RunFact.GroupStarted group => $"Group {group.Step} started",
            RunFact.TargetsResolved targets => $"Step {targets.Step} has {targets.Items.GetArrayLength()} targets",
            RunFact.CallStarted call => $"Step {call.Step} called its runbook",
            RunFact.LocksWanted wanted => $"{Scope(wanted.Scope)} asks for the lock {string.Join(", ", wanted.Locks)}",
            RunFact.LocksGranted granted => $"{Scope(granted.Scope)} has its locks",
            RunFact.LocksRefused refused => $"{Scope(refused.Scope)} cannot have its locks: {refused.Because}",
            RunFact.LocksFreed freed => $"{Scope(freed.Scope)} gave its locks back",
            RunFact.StepWaits { Step: "", Kind: WaitKind.Lock } queued => $"The run is queued: {queued.Text}",
            RunFact.StepWaits { Step: "" } held => $"The run is held: {held.Text}",
            RunFact.Reminded reminded => $"Step {reminded.Step} still waits for approval: {reminded.Text}"
                + (reminded.Until is { } expires ? $" (until {UtcText.Of(expires)})" : ""),
            RunFact.StepWaits waits => waits.Kind switch
            {
                WaitKind.Approval => $"Step {waits.Step} waits for approval: {waits.Text}",
                WaitKind.Answer => $"Step {waits.Step} asks: {waits.Text}",
                WaitKind.Unknown =>
                    $"Nobody knows whether step {(StepEvolution.IsBeforeUndo(waits) ? StepPath.Owner(waits.Step) : waits.Step)} happened: {waits.Text}",
                WaitKind.Time => $"Step {waits.Step} waits"
                    + (waits.Until is { } until ? $" until {UtcText.Of(until)}" : "")
                    + Because(waits.Text),
                _ => $"Step {waits.Step} waits ({Words.Of(waits.Kind)}): {waits.Text}",
            },
            RunFact.Decided { Step: "" } released => $"{released.By} released the run" + Because(released.Reason),
            RunFact.Decided { BreakGlass: true } alone => $"BREAK GLASS: step {alone.Step} was approved by {alone.By} alone"
                + Because(alone.Reason),
            RunFact.InputsChanged changed => $"{changed.By} changed inputs from here on{Given(changed)}" + Because(changed.Reason),
            RunFact.RetriedFrom retried => $"{retried.By} has the run go on from step {retried.Step}" + Because(retried.Reason),
            RunFact.UndoStarted undo => $"What was started is undone: {undo.Because}",
            RunFact.Decided { BeforeUndo: true } decided => BeforeUndo(decided, StepPath.Owner(decided.Step)) + Because(decided.Reason),
            RunFact.Decided decided => decided.Decision switch
            {
                RunDecision.Approve => $"Step {decided.Step} was approved by {decided.By}",
                RunDecision.Deny => $"Step {decided.Step} was denied by {decided.By}",
                // A log from before there was the mark does not tell which of both is meant of an undo.
                RunDecision.Happened when !StepPath.IsUndo(decided.Step) => $"{decided.By} decided that step {decided.Step} happened",
                RunDecision.DidNotHappen => $"{decided.By} decided that step {StepPath.Owner(decided.Step)} did not happen",
                RunDecision.RunAgain => $"{decided.By} decided that step {decided.Step} did not happen and is run again",
                _ => $"{decided.By} decided on step {decided.Step}: {Words.Of(decided.Decision)}",
            } + Because(decided.Reason),
            RunFact.WaitOver over => $"{Name(over.Step)} goes on" + Because(over.Because),
            RunFact.TakenOver taken => $"Node {taken.Node} took the run over from {taken.From}",
            RunFact.CancelRequested cancel => $"{cancel.By} asked to stop {(cancel.Undo ? "and undo " : "")}the run"
                + Because(cancel.Reason),
            RunFact.Ended ended => $"Run {Words.Of(ended.Phase)}"
                + Because(ended.Because)
                + (ended.LeftBehind is { Count: > 0 } left ? $". Left behind: {string.Join("; ", left)}" : ""),
            _ => null,
        };

    /// <summary><c>report.txt (12 KB)</c></summary>
    public static string Of(Artifact file) => $"{file.Name} ({StepOutput.About(file.Size)}{(file.Masked ? ", secrets masked" : "")})";

    private static string Of(RunFact.ArtifactsKept left)
    {
        const int named = 5;
        var kept =
            left.Files.Count == 0 ? "nothing that is kept" : string.Join(", ", left.Files.Take(named).Select(Of)) + More(left.Files.Count);
        return $"{Name(left.Step)} left {kept}{Attempt(left.Number)}"
            + (left.NotKept.Count == 0 ? "" : $"; not kept: {string.Join("; ", left.NotKept.Take(named))}{More(left.NotKept.Count)}");

        static string More(int all) => all > named ? " and more" : "";
    }

    // What is asked then is about the step: its undo has not begun.
    private static string BeforeUndo(RunFact.Decided decided, string step) =>
        decided.Decision switch
        {
            RunDecision.Happened => $"{decided.By} decided that step {step} happened",
            RunDecision.DidNotHappen => $"{decided.By} decided that step {step} did not happen",
            RunDecision.Skip => $"{decided.By} decided to leave step {step} as it is",
            RunDecision.DoneByHand => $"{decided.By} decided that step {step} was undone by hand",
            _ => $"{decided.By} decided on the undo of step {step}, before it began: {Words.Of(decided.Decision)}",
        };

    private static string Scope(string scope) => scope.Length == 0 ? "The run" : Name(scope);

    private static string Name(string path) => StepPath.IsUndo(path) ? $"Undo of step {path[..^StepPath.Undo.Length]}" : $"Step {path}";

    /// <returns>Null for what is no look.</returns>
    private static string? Look(string path, string looks) =>
        path.EndsWith(StepPath.Check, StringComparison.Ordinal) ? $"{Name(path[..^StepPath.Check.Length])}: {looks} whether it is done"
        : path.EndsWith(StepPath.Before, StringComparison.Ordinal)
            ? $"{Name(path[..^StepPath.Before.Length])}: {looks} at what is there before it"
        : null;

    private static string Of(RunFact.StepEnded step) =>
        step.Outcome switch
        {
            // What a look saw is in its reason; that it saw "not yet" is no failure of anything.
            StepOutcome.Success or StepOutcome.Failure => (
                Look(step.Step, "looked") ?? $"{Name(step.Step)} {(step.Outcome is StepOutcome.Success ? "succeeded" : "failed")}"
            )
                + Attempt(step.Number)
                + Because(step.Because)
                + (step.Retry is null ? "" : $"; tried again at {UtcText.Of(step.Retry.Value)}"),
            StepOutcome.Skipped => $"{Name(step.Step)} was skipped" + Because(step.Because),
            _ => $"{Name(step.Step)}: {Words.Of(step.Outcome)}" + Attempt(step.Number) + Because(step.Because),
        };

    private static string Given(RunFact.InputsChanged changed) =>
        changed.Given is { } given
            ? $" ({string.Join(", ", given.EnumerateObject().Select(one => $"{one.Name}: {Short(one.Value)}"))})"
            : "";

    private static string Short(JsonElement value)
    {
        var text = value.ValueKind is JsonValueKind.Null ? "nothing" : value.ToString();
        return text.Length > MostOfValue ? $"{text[..MostOfValue]}…" : text;
    }

    private static string Attempt(int number) => number > 1 ? $" (attempt {number})" : "";

    private static string Because(string? reason) => string.IsNullOrWhiteSpace(reason) ? "" : $": {reason}";
}
