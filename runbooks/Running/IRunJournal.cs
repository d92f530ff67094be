namespace Runbooks.Running;

/// <summary>
/// Where the facts of runs are kept. What was appended is durable when the task ends; nothing outward may happen before.
/// </summary>
public interface IRunJournal
{
    /// <summary>Appends facts to a run that this process carries on, all or none.</summary>
    /// <param name="seen">The state that the facts were planned on: its epoch and the decisions it knows bind the append.</param>
    /// <param name="wake">When a waiting run wants to be looked at again.</param>
    Task<JournalAnswer> AppendAsync(RunState seen, IReadOnlyList<RunFact> facts, DateTimeOffset? wake, CancellationToken cancel);
}

/// <summary>What came of an append.</summary>
public abstract record JournalAnswer
{
    private JournalAnswer() { }

    public sealed record Appended(RunState State) : JournalAnswer;

    /// <summary>Somebody decided something meanwhile: nothing was appended; plan again on this state.</summary>
    public sealed record Changed(RunState State) : JournalAnswer;

    /// <summary>One of the facts has no form that can be kept: nothing was appended, nor will be however often it is tried.</summary>
    /// <param name="Fact">Which; null where it is none of those to append, but follows from one that was planned.</param>
    public sealed record Unwritable(RunFact? Fact, string Because) : JournalAnswer;

    /// <summary>Another process carries the run on, or it is over: nothing was appended; let it go.</summary>
    public sealed record StaleEpoch : JournalAnswer;
}
