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

/// <summary>How a run begins.</summary>
/// <param name="Facts">From its start to the first attempts or waits, to be made durable in one append.</param>
/// <param name="Calls">What to do once they are durable; empty if nothing is to be done at once.</param>
/// <param name="Wake">When a run that only waits wants to be looked at again; to be made durable with the facts.</param>
public sealed record RunBeginning(IReadOnlyList<RunFact> Facts, RunState State, IReadOnlyList<StepCall> Calls, DateTimeOffset? Wake);

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
    /// <summary>Where the runbooks' secrets lie.</summary>
    public SecretReader Secrets { get; init; } = SecretReader.Plain;

    /// <summary>Where artifacts are kept; null: nowhere.</summary>
    public IArtifactStore? Artifacts { get; init; }

    internal IRunJournal Journal => journal;
    internal IScriptRunner Scripts => scripts;
    internal IOutputSink Output => output;
    internal IRunSurroundings Surroundings => surroundings;
    internal TimeProvider Time => time;
    internal StepCaller Caller => new(scripts, output, Secrets, Artifacts, time);

    public RunBeginning Begin(string id, RunFact.Started started, RunbookSet books)
    {
        var now = time.GetUtcNow();
        var facts = new List<RunFact> { started };
        var calls = new List<StepCall>();
        var state = RunState.Evolve(id, null, started, now);
        while (true)
        {
            var turn = Planner.Next(View(books, state, now, AlertStateOf(state), path => calls.Exists(call => call.Started.Step == path)));
            facts.AddRange(turn.Facts);
            calls.AddRange(turn.Calls);
            state = Evolve(state, turn.Facts, now);
            if (turn.Facts.Count == 0 || turn.Settled)
                return new RunBeginning(facts, state, calls, calls.Count == 0 ? turn.Wake : null);
        }
    }

    /// <summary>Drives a run until it is over, waits, or is no longer ours.</summary>
    /// <param name="go">Attempts whose start is durable and that nobody has made yet, from <see cref="Begin"/>.</param>
    /// <param name="mail">Nudged when somebody decided something about the run.</param>
    /// <param name="drain">The process is about to end: what is under way may come to its end, and nothing new begins. Nudge the mail then.</param>
    /// <param name="stop">
    /// The process ends, after <paramref name="drain"/>, or may not act any more: whatever runs is cut off and left open for whoever goes on.
    /// </param>
    public async Task<(DriveEnd End, RunState State)> DriveAsync(
        RunState state,
        RunbookSet books,
        IReadOnlyList<StepCall> go,
        DriveMail mail,
        CancellationToken drain,
        CancellationToken stop
    ) => await new Drive(this, books, state, mail, drain, stop).RunAsync(go);

    /// <summary>What the planner sees of a run.</summary>
    public PlanView View(RunbookSet books, RunState state, DateTimeOffset now, string? alertState, Func<string, bool> inFlight) =>
        new(books, actions, state, now, chance(), alertState, attempt => surroundings.IsGone(attempt.Node), inFlight);

    internal static string? AlertStateOf(RunState state) =>
        state.Alert is { } alert && alert.TryGetProperty("state", out var known) ? known.GetString() : null;

    internal static RunState Evolve(RunState state, IReadOnlyList<RunFact> facts, DateTimeOffset now)
    {
        foreach (var fact in facts)
            state = RunState.Evolve(state.Id, state, fact, now);
        return state;
    }
}
