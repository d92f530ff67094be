using System.Text.Json;

namespace Runbooks.Running;

/// <summary>Everything that can be true of a run, one sealed record each. A step is named by its path: <c>restart</c>, <c>restart.check</c>, later <c>restart[3]</c>.</summary>
public abstract record RunFact
{
    private RunFact() { }

    /// <param name="Hash">Content hash of the definition (SHA-256, hex): the run keeps it through upgrades.</param>
    /// <param name="Inputs">Resolved inputs; secrets are references, never values.</param>
    /// <param name="Alert">The alert it was started for, as the expressions see it.</param>
    public sealed record Started(
        string Runbook,
        string Hash,
        JsonElement Inputs,
        int? Incident,
        JsonElement? Alert,
        string StartedBy,
        string Node,
        long Epoch
    ) : RunFact;

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

    /// <summary>The process group that an attempt started, so that a leftover one is found after a crash.</summary>
    /// <param name="StartTicks">Start time of the process in clock ticks since boot (proc(5), stat field 22): pids are used again.</param>
    public sealed record ProcessStarted(string Step, int Number, string Host, int Pid, long StartTicks) : RunFact;

    /// <summary>The end of one attempt, or of a step that never needed one (skipped; number 0).</summary>
    /// <param name="Outputs">What later steps see as <c>steps.ID.outputs</c>; secrets masked.</param>
    /// <param name="Because">In words: the error, why it was skipped, or <c>recovered by check</c>.</param>
    /// <param name="Retry">Another attempt follows, not before this time.</param>
    /// <param name="EndsRun">No further step runs, but for <c>finally</c>: <c>else: end-success</c>, or somebody stopped here.</param>
    /// <param name="Masked">Where a secret was taken out of <paramref name="Outputs"/>: JSON Pointers (RFC 6901).</param>
    public sealed record StepEnded(
        string Step,
        int Number,
        StepOutcome Outcome,
        FailureClass? Class,
        JsonElement? Outputs,
        string? Because,
        DateTimeOffset? Retry,
        bool EndsRun = false,
        IReadOnlyList<string>? Masked = null
    ) : RunFact;

    /// <param name="Hash">Hash of definition + resolved inputs that a decision binds to.</param>
    /// <param name="From">Groups that may decide; empty: everybody with the role.</param>
    /// <param name="Text">What is asked, with the resolved plan or the evidence.</param>
    /// <param name="Until">When a wait for time ends or an approval expires.</param>
    public sealed record StepWaits(
        string Step,
        WaitKind Kind,
        string? Hash,
        IReadOnlyList<string> From,
        string Text,
        JsonElement? Evidence,
        DateTimeOffset? Until
    ) : RunFact;

    public sealed record Decided(string Step, RunDecision Decision, string By, string? Reason, string? Hash, JsonElement? Answers)
        : RunFact;

    /// <summary>What the waiting step waited for came true by itself (time passed, condition held, lock free).</summary>
    public sealed record WaitOver(string Step, string Because) : RunFact;

    /// <summary>Another process carries on; the growing epoch keeps the old one from writing.</summary>
    public sealed record TakenOver(string Node, long Epoch, string From) : RunFact;

    public sealed record CancelRequested(string By, string Reason) : RunFact;

    public sealed record Ended(RunPhase Phase, string? Because, JsonElement? Outputs) : RunFact;
}
