using Runbooks.Running;

namespace Runbooks.Testing;

/// <summary>What came of one case.</summary>
/// <param name="Problems">What is not as expected; empty: the case passed.</param>
/// <param name="Events">Everything that happened, in order.</param>
/// <param name="Run">The run in the end; null if it could not even start.</param>
/// <param name="Effects">By the path of the call: how often its target was reached.</param>
public sealed record CaseResult(
    TestCase Case,
    IReadOnlyList<CaseProblem> Problems,
    IReadOnlyList<CaseEvent> Events,
    RunState? Run,
    IReadOnlyDictionary<string, int> Effects
)
{
    public bool Passed => Problems.Count == 0;
}

/// <param name="Line">In the test file.</param>
public sealed record CaseProblem(int Line, int Column, string Message);

public enum CaseEventKind
{
    /// <summary>A fact of the run, as the timeline tells it.</summary>
    Fact,

    /// <summary>A target was called.</summary>
    Call,

    /// <summary>Somebody decided.</summary>
    Click,

    /// <summary>The process died.</summary>
    Crash,
}

/// <param name="At">Since the start of the run, by the test's clock.</param>
/// <param name="Fact">What happened to the run; null for all that is no fact of it.</param>
public sealed record CaseEvent(TimeSpan At, CaseEventKind Kind, string Text, RunFact? Fact = null);
