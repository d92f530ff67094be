using System.Collections.Immutable;
using System.Text.Json;

namespace Runbooks.Running;

/// <summary>The state of one run: what the planner needs to say what comes next. Evolves only by facts.</summary>
public sealed record RunState
{
    public required string Id { get; init; }
    public required string Runbook { get; init; }
    public required string Hash { get; init; }
    public required JsonElement Inputs { get; init; }

    /// <summary>What they were before each change, the oldest first.</summary>
    public ImmutableList<FormerInputs> Former { get; init; } = [];
    public int? Incident { get; init; }
    public JsonElement? Alert { get; init; }
    public required string StartedBy { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Hashes of the runbooks that it calls, by name.</summary>
    public IReadOnlyDictionary<string, string>? Pinned { get; init; }

    /// <summary>The process that carries it on, and the fencing token that its writes must carry.</summary>
    public required string Node { get; init; }
    public required long Epoch { get; init; }

    public RunPhase Phase { get; init; } = RunPhase.Running;
    public ImmutableDictionary<string, StepState> Steps { get; init; } = ImmutableDictionary<string, StepState>.Empty;

    /// <summary>What the run as a whole waits for: a lock, or to be released.</summary>
    public StepWait? Wait { get; init; }

    /// <summary>By scope: the empty one is the run's own.</summary>
    public ImmutableDictionary<string, ScopeLocks> Locks { get; init; } = ImmutableDictionary<string, ScopeLocks>.Empty;
    public string? CancelRequestedBy { get; init; }

    /// <summary>Somebody wants what was started to be undone.</summary>
    public bool UndoWanted { get; init; }

    /// <summary>Its version when its undoing began; 0: it is not being undone.</summary>
    public long UndoingSince { get; init; }
    public bool Undoing => UndoingSince > 0;

    /// <summary>Why nothing else begins, while what is under way comes to its end: somebody, or the runbook, stops it at one step. Null: it goes on.</summary>
    public string? Halted { get; init; }
    public string? Because { get; init; }
    public JsonElement? Outputs { get; init; }
    public IReadOnlyList<string> LeftBehind { get; init; } = [];

    /// <summary>In the order in which they were kept.</summary>
    public ImmutableList<RunArtifact> Artifacts { get; init; } = [];

    /// <summary>Bytes of what its steps have brought and it holds.</summary>
    public long Kept { get; init; }

    /// <summary>Bytes of what they go by: lists, and what runbooks were called with.</summary>
    public long Given { get; init; }

    /// <summary>Whether these have bounds at which it ends; a run from before there were any goes on as it began.</summary>
    public bool Bounded { get; init; }

    /// <summary>How many facts it took to get here.</summary>
    public long Version { get; init; }

    /// <summary>How many of them came from people or other processes: what was planned before one of these must be planned again.</summary>
    public int Interventions { get; init; }

    /// <summary>Attempts that were started and have not ended; steps that wait.</summary>
    public int OpenAttempts { get; init; }
    public int OpenWaits { get; init; }

    /// <summary>Targets under way, over all <c>for-each</c> of the run and of what it calls.</summary>
    public int OpenTargets { get; init; }

    /// <summary>Its version when the process that carries it on took it over; 0: it began it.</summary>
    public long TakenOver { get; init; }

    /// <summary>How often it went on from a step after it was over.</summary>
    public int Retries { get; init; }

    /// <summary>The process that carries it on makes an attempt; one that a process before it left open counts no more.</summary>
    public bool IsUnderWay => OpenAttempts > 0 && Steps.Values.Any(step => step.Open is { } open && open.StartedVersion > TakenOver);

    public bool IsOver => Phase >= RunPhase.Succeeded;

    /// <summary>By path; the empty path is the run itself.</summary>
    public IEnumerable<(string Step, StepWait Wait)> WaitingFor
    {
        get
        {
            if (Wait is { } own)
                yield return ("", own);
            if (OpenWaits == 0)
                yield break;
            foreach (var (path, step) in Steps.Where(step => step.Value.Wait is not null).OrderBy(step => step.Key, StringComparer.Ordinal))
                yield return (path, step.Wait!);
        }
    }

    /// <summary>The inputs as they were at a version of the run.</summary>
    public JsonElement InputsAt(long version) => Former.Find(former => version < former.Until)?.Inputs ?? Inputs;

    /// <summary>Whether it makes a difference that somebody asks to stop it: of one that is stopped already only what becomes of its undoing can change.</summary>
    public bool IsChangedBy(RunFact.CancelRequested cancel) => CancelRequestedBy is null || cancel.Undo != UndoWanted;

    /// <summary>The wait at a path; the empty path is the run itself.</summary>
    public StepWait? WaitAt(string path) => path.Length == 0 ? Wait : Steps.GetValueOrDefault(path)?.Wait;

    /// <exception cref="InvalidOperationException">The first fact is not <see cref="RunFact.Started"/>.</exception>
    public static RunState Evolve(string id, RunState? state, RunFact fact, DateTimeOffset at) => RunEvolution.Evolve(id, state, fact, at);
}

/// <param name="Until">The version of the run by which it has others.</param>
public sealed record FormerInputs(JsonElement Inputs, long Until);

/// <summary>Locks that a scope of a run wants or holds.</summary>
/// <param name="Position">Its place in the queues.</param>
/// <param name="Refused">Why it will never have them; null: it has them or waits.</param>
public sealed record ScopeLocks(IReadOnlyList<string> Names, long Position, bool Granted = false, string? Refused = null);
