using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Secrets;

namespace Runbooks.Running;

/// <summary>How a drive of a run ended.</summary>
public enum DriveEnd
{
    Over,

    /// <summary>It waits; a wake or a decision drives it on.</summary>
    Parked,

    /// <summary>Another process has it, or this one may not act any more.</summary>
    LetGo,
}

/// <summary>
/// Carries runs on: plans, records, acts, records. Every attempt is durable before it acts; the result of one step and the
/// start of the next are one append.
/// </summary>
public sealed class RunDriver(
    IRunJournal journal,
    IReadOnlyDictionary<string, IStepAction> actions,
    IScriptRunner scripts,
    IOutputSink output,
    IRunSurroundings surroundings,
    TimeProvider time,
    Func<double> chance
)
{
    // Shorter waits are not worth a parked run and an effect that wakes it.
    internal static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(2);

    /// <summary>Where the runbooks' secrets lie.</summary>
    public SecretReader Secrets { get; init; } = SecretReader.Plain;

    internal IRunJournal Journal => journal;
    internal IScriptRunner Scripts => scripts;
    internal IOutputSink Output => output;
    internal IRunSurroundings Surroundings => surroundings;
    internal TimeProvider Time => time;
    internal StepCaller Caller => new(scripts, output, Secrets, time);

    /// <summary>The facts of a new run, from its start to the first attempt or wait, to be made durable in one append.</summary>
    /// <param name="go">What to do once they are durable; null if nothing is to be done at once.</param>
    public IReadOnlyList<RunFact> Begin(string id, RunFact.Started started, RunbookDefinition definition, out StepCall? go)
    {
        var now = time.GetUtcNow();
        var facts = new List<RunFact> { started };
        var state = RunState.Evolve(id, null, started, now);
        go = null;
        while (true)
        {
            switch (Planner.Next(View(definition, state, now, AlertStateOf(state))))
            {
                case Next.Record record:
                    facts.AddRange(record.Facts);
                    state = Evolve(state, record.Facts, now);
                    break;
                case Next.Act act:
                    facts.AddRange(act.Facts);
                    go = act.Call;
                    return facts;
                default:
                    return facts;
            }
        }
    }

    /// <summary>Drives a run until it is over, waits, or is no longer ours.</summary>
    /// <param name="go">An attempt whose start is durable and that nobody has made yet, from <see cref="Begin"/>.</param>
    /// <param name="stop">The process ends: whatever runs is left to whoever takes over.</param>
    /// <param name="interrupt">Somebody cancelled the run: what runs is stopped, its end recorded.</param>
    public async Task<(DriveEnd End, RunState State)> DriveAsync(
        RunState state,
        RunbookDefinition definition,
        StepCall? go,
        Func<CancellationToken> interrupt,
        CancellationToken stop
    )
    {
        return await new Drive(this, definition, state, interrupt, stop).RunAsync(go);
    }

    internal PlanView View(RunbookDefinition definition, RunState state, DateTimeOffset now, string? alertState) =>
        new(definition, actions, state, now, chance(), alertState, attempt => surroundings.IsGone(attempt.Node));

    private static string? AlertStateOf(RunState state) =>
        state.Alert is { } alert && alert.TryGetProperty("state", out var known) ? known.GetString() : null;

    internal static RunState Evolve(RunState state, IEnumerable<RunFact> facts, DateTimeOffset now) =>
        facts.Aggregate(state, (known, fact) => RunState.Evolve(known.Id, known, fact, now));
}
