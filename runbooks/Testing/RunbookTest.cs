using System.Text.Json;
using Runbooks.Running;

namespace Runbooks.Testing;

/// <summary>A <c>NAME.test.yaml</c>: what a runbook does under the stated answers, faults and clicks.</summary>
public sealed record RunbookTest(string Runbook, IReadOnlyList<TestCase> Cases);

/// <param name="Resolves">When the alert stops firing, counted from the start of the run; null: it fires on.</param>
/// <param name="Answers">By the path of the call: <c>failover</c>, <c>failover.check</c>, <c>lag[2]</c>.</param>
/// <param name="Advance">Of the test's clock, once nothing but people or time can carry the run on.</param>
public sealed record TestCase(
    string Name,
    int Line,
    JsonElement? Alert,
    TimeSpan? Resolves,
    int? Incident,
    string StartedBy,
    JsonElement Inputs,
    IReadOnlyDictionary<string, IReadOnlyList<TestAnswer>> Answers,
    IReadOnlyList<TestClick> Clicks,
    TimeSpan Advance,
    TestExpectations Expect
);

/// <summary>What goes wrong with one call.</summary>
public enum TestFault
{
    /// <summary>It never leaves the process.</summary>
    NotSent,

    /// <summary>The target says no.</summary>
    Refused,

    /// <summary>The target takes it and resets the connection.</summary>
    ResetAfterSend,

    /// <summary>The target takes it and never answers.</summary>
    TimeoutAfterEffect,

    /// <summary>The process dies after the attempt is on disk and before the call leaves.</summary>
    CrashBeforeCall,

    /// <summary>The process dies when the target has taken the call and before its answer is on disk.</summary>
    CrashAfterCall,

    /// <summary>The process dies right after the answer is on disk.</summary>
    CrashAfterResult,
}

/// <summary>The answer to one attempt.</summary>
/// <param name="Outputs">What the call brings; for a script its named outputs.</param>
/// <param name="Result">All of the result, where it is more than the outputs.</param>
/// <param name="ExitCode">Of a script.</param>
/// <param name="Slow">How long the target takes.</param>
/// <param name="Items">For the items of a <c>for-each</c>, in order; empty: the same for all.</param>
public sealed record TestAnswer(
    JsonElement? Outputs,
    JsonElement? Result,
    int? ExitCode,
    TestFault? Fault,
    string? Because,
    TimeSpan Slow,
    IReadOnlyList<TestAnswer> Items
)
{
    public static TestAnswer Nothing { get; } = new(null, null, null, null, null, TimeSpan.Zero, []);

    public bool Crashes => Fault is TestFault.CrashBeforeCall or TestFault.CrashAfterCall or TestFault.CrashAfterResult;
}

/// <summary>What a person decides once the step asks.</summary>
/// <param name="Step">Empty for what concerns the whole run.</param>
/// <param name="Decision">Null: cancel the run.</param>
/// <param name="After">Not before this much time has passed since the start of the run.</param>
public sealed record TestClick(
    int Line,
    int Column,
    string Step,
    RunDecision? Decision,
    string By,
    IReadOnlyList<string> Groups,
    string? Reason,
    JsonElement? Answers,
    TimeSpan? After
)
{
    public string Word => Decision is { } decision ? Definition.Words.Of(decision) : "cancel";
}

/// <summary>What must have come of it. Everything but what is stated is free.</summary>
public sealed record TestExpectations(
    Expected<RunPhase>? Run,
    IReadOnlyDictionary<string, Expected<StepOutcome>> Steps,
    IReadOnlyDictionary<string, Expected<int>> Effects,
    IReadOnlyDictionary<string, Expected<int>> Attempts,
    IReadOnlyDictionary<string, Expected<WaitKind>> Waiting,
    IReadOnlyList<Expected<string>> Timeline,
    IReadOnlyDictionary<string, Expected<JsonElement>> Outputs
);

/// <summary>A value that is expected, and where the test file says so.</summary>
public sealed record Expected<T>(T Value, int Line, int Column);
