using Runbooks.Running;

namespace Runbooks.Testing;

/// <summary>The journal of one run in memory, and the story of the case. It outlives the processes that carry the run on.</summary>
internal sealed class SimulatedLog(VirtualTime clock)
{
    private readonly DateTimeOffset start = clock.GetUtcNow();
    private readonly List<CaseEvent> events = [];
    private RunState? state;

    public RunState State => state ?? throw new InvalidOperationException("The run has not started.");

    /// <summary>When the waiting run wants to be looked at again.</summary>
    public DateTimeOffset? Wake { get; set; }

    public IReadOnlyList<CaseEvent> Events => events;

    public TimeSpan Elapsed => clock.GetUtcNow() - start;

    public void Append(string run, RunFact fact)
    {
        state = RunState.Evolve(run, state, fact, clock.GetUtcNow());
        events.Add(new CaseEvent(Elapsed, CaseEventKind.Fact, RunSentences.Of(fact) ?? fact.GetType().Name, fact));
    }

    public void Tell(CaseEventKind kind, string text) => events.Add(new CaseEvent(Elapsed, kind, text));
}
