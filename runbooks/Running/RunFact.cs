using System.Text.Json;

namespace Runbooks.Running;

/// <summary>
/// Everything that can be true of a run, one sealed record each. A step is named by its path: <c>restart</c>, its probe
/// <c>restart.check</c>, one target of it <c>restart[3]</c>, a step of a runbook that it calls <c>restart/drain</c>
/// (<see cref="StepPath"/>). The empty path is the run as a whole.
/// </summary>
public abstract record RunFact
{
    private RunFact() { }

    /// <param name="Hash">Content hash of the definition (SHA-256, hex): the run keeps it through upgrades.</param>
    /// <param name="Inputs">Resolved inputs; secrets are references, never values.</param>
    /// <param name="Alert">The alert it was started for, as the expressions see it.</param>
    /// <param name="Pinned">Hashes of all runbooks that its steps call, by name; null if there are none.</param>
    /// <param name="Bounded">What it hands on and holds has bounds; false in logs from before there were any: such a run may be past them.</param>
    public sealed record Started(
        string Runbook,
        string Hash,
        JsonElement Inputs,
        int? Incident,
        JsonElement? Alert,
        string StartedBy,
        string Node,
        long Epoch,
        IReadOnlyDictionary<string, string>? Pinned = null,
        bool Bounded = false
    ) : RunFact;

    /// <summary>The run, or a runbook it calls, asks for its locks; whoever keeps the journal answers in the same append.</summary>
    /// <param name="Scope">Path of the step that calls the runbook; empty for the run's own.</param>
    /// <param name="Position">Its place in the queues; set by whoever keeps the journal.</param>
    public sealed record LocksWanted(string Scope, IReadOnlyList<string> Locks, long Position = 0) : RunFact;

    public sealed record LocksGranted(string Scope) : RunFact;

    /// <summary>To wait for them would never end: who holds them waits for this run.</summary>
    public sealed record LocksRefused(string Scope, string Because) : RunFact;

    /// <summary>A runbook that a step called is over; those of the run itself are freed by its end.</summary>
    public sealed record LocksFreed(string Scope) : RunFact;

    /// <summary>Durable before any outward call of the attempt.</summary>
    /// <param name="Number">Attempt, from 1.</param>
    /// <param name="InputsHash">SHA-256 (hex) over the resolved inputs.</param>
    /// <param name="Deadline">When the attempt is over whatever happened; after that its outcome can be decided.</param>
    /// <param name="Before">Facts read before the effect, for the check to compare with.</param>
    public sealed record StepStarted(
        string Step,
        int Number,
        StepEffect Effect,
        string InputsHash,
        string? IdempotencyKey,
        DateTimeOffset Deadline,
        JsonElement? Before
    ) : RunFact;

    /// <summary>The steps of a group have begun.</summary>
    public sealed record GroupStarted(string Step) : RunFact;

    /// <summary>The list of a <c>for-each</c>, as it was when the step began; target 0 is <c>STEP[0]</c>.</summary>
    public sealed record TargetsResolved(string Step, JsonElement Items) : RunFact;

    /// <summary>A step has called a runbook, whose steps are <c>STEP/ID</c>.</summary>
    public sealed record CallStarted(string Step, JsonElement Inputs) : RunFact;

    /// <summary>The session that an attempt started, by the process that leads it, so that a leftover one is found after a crash.</summary>
    /// <param name="StartTicks">Start time of the process in clock ticks since boot (proc(5), stat field 22): pids are used again.</param>
    public sealed record ProcessStarted(string Step, int Number, string Host, int Pid, long StartTicks) : RunFact;

    /// <summary>An attempt is over, or the process that made it gone, and something that it started lives on.</summary>
    /// <param name="Living">In words for people.</param>
    public sealed record ProcessesLeft(string Step, int Number, string Living) : RunFact
    {
        /// <summary>It may still do the attempt's work: no look can say that it will not happen.</summary>
        public bool MayAct { get; init; }
    }

    /// <summary>Nobody acts for an attempt any more, although it has no end: what it had started was seen to end, or its own process let it go.</summary>
    public sealed record ProcessesEnded(string Step, int Number) : RunFact;

    /// <summary>Files that an attempt left (<c>artifacts</c>); their contents are kept for as long as the run's output is.</summary>
    /// <param name="NotKept">What was meant and is not kept, each with its reason.</param>
    public sealed record ArtifactsKept(string Step, int Number, IReadOnlyList<Artifact> Files, IReadOnlyList<string> NotKept) : RunFact;

    /// <summary>The end of one attempt, or of a step that never needed one (skipped; number 0).</summary>
    /// <param name="Outputs">What later steps see as <c>steps.ID.outputs</c>; secrets masked.</param>
    /// <param name="Because">In words: the error, why it was skipped, or <c>recovered by check</c>.</param>
    /// <param name="Retry">Another attempt follows, not before this time.</param>
    /// <param name="EndsRun">No further step runs, but for <c>finally</c>: <c>else: end-success</c>, or somebody stopped here.</param>
    /// <param name="Masked">Where a secret was taken out of <paramref name="Outputs"/>: JSON Pointers (RFC 6901).</param>
    /// <param name="Verify">The attempt succeeded; the step is over once its check agrees.</param>
    /// <param name="Cut">What of <paramref name="Outputs"/> was too large to be kept.</param>
    /// <param name="Halts">Nothing else of the run begins either: its runbook wants that where nobody knows whether a step happened.</param>
    public sealed record StepEnded(
        string Step,
        int Number,
        StepOutcome Outcome,
        FailureClass? Class,
        JsonElement? Outputs,
        string? Because,
        DateTimeOffset? Retry,
        bool EndsRun = false,
        IReadOnlyList<string>? Masked = null,
        bool Verify = false,
        IReadOnlyList<CutMember>? Cut = null,
        bool Halts = false
    ) : RunFact;

    /// <param name="Hash">Hash of definition + resolved inputs that a decision binds to.</param>
    /// <param name="From">Groups that may decide; empty: everybody with the role.</param>
    /// <param name="Text">What is asked, with the resolved plan or the evidence.</param>
    /// <param name="Until">When a wait for time ends or an approval expires.</param>
    /// <param name="Remind">When whoever may decide is reminded.</param>
    /// <param name="BeforeUndo">Of an undo: whether there is anything to undo, its step's outcome being unknown.</param>
    public sealed record StepWaits(
        string Step,
        WaitKind Kind,
        string? Hash,
        IReadOnlyList<string> From,
        string Text,
        JsonElement? Evidence,
        DateTimeOffset? Until,
        DateTimeOffset? Remind = null,
        bool BeforeUndo = false
    ) : RunFact;

    /// <summary>Nobody has decided yet.</summary>
    /// <param name="Next">The next reminder; null: none.</param>
    public sealed record Reminded(string Step, string Text, DateTimeOffset? Until, DateTimeOffset? Next) : RunFact;

    /// <param name="BreakGlass">One person alone, against the rule of who and how many: announced loudly.</param>
    /// <param name="BeforeUndo">Of an undo: it answers whether there is anything to undo, not what came of the undo.</param>
    public sealed record Decided(
        string Step,
        RunDecision Decision,
        string By,
        string? Reason,
        string? Hash,
        JsonElement? Answers,
        bool BreakGlass = false,
        bool BeforeUndo = false
    ) : RunFact;

    /// <summary>What the waiting step waited for came true by itself (time passed, condition held, lock free).</summary>
    public sealed record WaitOver(string Step, string Because) : RunFact;

    /// <summary>An input has another value from here on.</summary>
    /// <param name="Inputs">All inputs, resolved.</param>
    public sealed record InputsChanged(string By, string? Reason, JsonElement Inputs) : RunFact
    {
        /// <summary>Those that somebody has given, by name, with the values that they have now. Not there in older facts, or as they were typed.</summary>
        public JsonElement? Given { get; init; }
    }

    /// <summary>A run that was over goes on from one of its steps; that one and all after it are done again.</summary>
    /// <param name="Steps">Ids of the steps that begin anew; of a <c>for-each</c> that comes first, the targets that did not succeed.</param>
    public sealed record RetriedFrom(string Step, string By, string? Reason, IReadOnlyList<string> Steps, string Node, long Epoch)
        : RunFact;

    /// <summary>Started steps are undone from here on, in reverse order.</summary>
    public sealed record UndoStarted(string Because) : RunFact;

    /// <summary>Another process carries on; the growing epoch keeps the old one from writing.</summary>
    public sealed record TakenOver(string Node, long Epoch, string From) : RunFact;

    /// <param name="Undo">What was started is undone, too.</param>
    public sealed record CancelRequested(string By, string Reason, bool Undo = false) : RunFact;

    /// <param name="LeftBehind">What a run that did not succeed has changed and not taken back, one line each.</param>
    /// <param name="Cut">What of <paramref name="Outputs"/> was too large to be kept.</param>
    public sealed record Ended(
        RunPhase Phase,
        string? Because,
        JsonElement? Outputs,
        IReadOnlyList<string>? LeftBehind = null,
        IReadOnlyList<CutMember>? Cut = null
    ) : RunFact;
}
