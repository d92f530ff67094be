using Runbooks.Actions;
using Runbooks.Definition;

namespace Runbooks.Testing;

/// <summary>
/// Plays cases of a <c>NAME.test.yaml</c>: the true planner and driver on a journal in memory, with answers instead of targets,
/// on a clock that nobody waits for. The same case gives the same result.
/// </summary>
public sealed class Simulator(IReadOnlyDictionary<string, IStepAction> actions)
{
    /// <summary>Monday, 5 January 2026, 03:00 UTC.</summary>
    public static DateTimeOffset Start { get; } = new(2026, 1, 5, 3, 0, 0, TimeSpan.Zero);

    public CaseResult Play(RunbookSet books, TestCase test) => Play(books, test, "run-test", Start);

    /// <param name="run">Id of the run, part of its idempotency keys.</param>
    /// <param name="start">Where the case's clock begins.</param>
    public CaseResult Play(RunbookSet books, TestCase test, string run, DateTimeOffset start)
    {
        // What the engine awaits goes on where the clock is moved, not on a thread of its own: so the order is always the same.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return new SimulatedCase(actions, books, test, run, start).Run();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
