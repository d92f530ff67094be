namespace Runbooks.Running;

/// <summary>Where a run stands (<c>queued running waiting held succeeded failed cancelled</c>).</summary>
public enum RunPhase
{
    Queued,
    Running,
    Waiting,
    Held,
    Succeeded,
    Failed,
    Cancelled,
}

/// <summary>What became of a step. The first three are before it ends. <see cref="Unknown"/> is a state, not an error: it was started, its answer was lost.</summary>
public enum StepOutcome
{
    Pending,
    Running,
    Waiting,
    Success,
    Failure,
    Skipped,
    Cancelled,
    Unknown,
}

/// <summary>How far a failed call got: never sent, sent and definitely refused, or nobody knows.</summary>
public enum FailureClass
{
    NotSent,
    Refused,
    Unknown,
}

/// <summary>What running a step again would do to the world. Undeclared is <see cref="Once"/>.</summary>
public enum StepEffect
{
    /// <summary>Changes nothing.</summary>
    Read,

    /// <summary>Twice is the same as once.</summary>
    Idempotent,

    /// <summary>The target drops a repeat that carries the same idempotency key.</summary>
    Keyed,

    /// <summary>Never again by itself.</summary>
    Once,
}

/// <summary>What a waiting run waits for.</summary>
public enum WaitKind
{
    Approval,
    Answer,
    Unknown,
    Hold,
    Lock,
    Time,
}

/// <summary>What a person may decide about a step or a run.</summary>
public enum RunDecision
{
    Approve,
    Deny,
    Answer,
    Happened,
    RunAgain,
    DidNotHappen,
    Skip,
    Stop,
    StopAndUndo,
    Retry,
    DoneByHand,
    ChangeInputs,
    Release,
}
