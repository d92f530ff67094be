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
    public int? Incident { get; init; }
    public JsonElement? Alert { get; init; }
    public required string StartedBy { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The process that carries it on, and the fencing token that its writes must carry.</summary>
    public required string Node { get; init; }
    public required long Epoch { get; init; }

    public RunPhase Phase { get; init; } = RunPhase.Running;
    public ImmutableDictionary<string, StepState> Steps { get; init; } = ImmutableDictionary<string, StepState>.Empty;
    public string? CancelRequestedBy { get; init; }
    public string? Because { get; init; }
    public JsonElement? Outputs { get; init; }

    /// <summary>How many facts it took to get here.</summary>
    public long Version { get; init; }

    /// <summary>How many of them came from people or other processes: what was planned before one of these must be planned again.</summary>
    public int Interventions { get; init; }

    public bool IsOver => Phase >= RunPhase.Succeeded;

    public IEnumerable<(string Step, StepWait Wait)> WaitingFor =>
        Steps
            .Where(step => step.Value.Wait is not null)
            .OrderBy(step => step.Key, StringComparer.Ordinal)
            .Select(step => (step.Key, step.Value.Wait!));

    /// <exception cref="InvalidOperationException">The first fact is not <see cref="RunFact.Started"/>.</exception>
    public static RunState Evolve(string id, RunState? state, RunFact fact, DateTimeOffset at)
    {
        if (fact is RunFact.Started started)
        {
            return new RunState
            {
                Id = id,
                Runbook = started.Runbook,
                Hash = started.Hash,
                Inputs = started.Inputs,
                Incident = started.Incident,
                Alert = started.Alert,
                StartedBy = started.StartedBy,
                StartedAt = at,
                Node = started.Node,
                Epoch = started.Epoch,
                Version = 1,
            };
        }

        if (state is null)
            throw new InvalidOperationException($"The stream of a run begins with its start, not with {fact.GetType().Name}.");
        state = state with { Version = state.Version + 1 };
        return fact switch
        {
            RunFact.StepStarted step => state.With(
                step.Step,
                known =>
                    known with
                    {
                        Outcome = StepOutcome.Running,
                        Attempts = known.Attempts.Add(
                            new StepAttempt(
                                step.Number,
                                at,
                                step.Effect,
                                step.InputsHash,
                                step.IdempotencyKey,
                                step.Deadline,
                                step.Before,
                                state.Node
                            )
                            {
                                StartedVersion = state.Version,
                            }
                        ),
                        Retry = null,
                        Wait = null,
                        WaitedOut = false,
                    }
            ) with
            {
                Phase = RunPhase.Running,
            },
            RunFact.ProcessStarted process => state.With(
                process.Step,
                known =>
                    known.Attempt(
                        process.Number,
                        attempt => attempt with { Process = new StepProcess(process.Host, process.Pid, process.StartTicks) }
                    )
            ),
            RunFact.StepEnded ended => state.With(
                ended.Step,
                known =>
                    known.Attempt(
                        ended.Number,
                        attempt =>
                            attempt with
                            {
                                EndedAt = at,
                                Outcome = ended.Outcome,
                                Class = ended.Class,
                                Because = ended.Because,
                                EndedVersion = state.Version,
                            }
                    ) with
                    {
                        Outcome = ended.Retry is null ? ended.Outcome : StepOutcome.Pending,
                        Class = ended.Class,
                        Outputs = ended.Outputs ?? known.Outputs,
                        Masked = ended.Outputs is null ? known.Masked : ended.Masked ?? [],
                        Because = ended.Because,
                        Retry = ended.Retry,
                        Wait = null,
                        EndedAt = at,
                        EndsRun = ended.EndsRun,
                    }
            ) with
            {
                Phase = RunPhase.Running,
            },
            RunFact.StepWaits waits => state.With(
                waits.Step,
                known =>
                    known with
                    {
                        Outcome = waits.Kind is WaitKind.Unknown ? StepOutcome.Unknown : StepOutcome.Waiting,
                        Wait = new StepWait(waits.Kind, waits.Hash, waits.From, waits.Text, waits.Evidence, at, waits.Until)
                        {
                            DecisionsBefore = known.Decisions.Count,
                        },
                    }
            ) with
            {
                Phase = RunPhase.Waiting,
            },
            RunFact.Decided decided => state.With(
                decided.Step,
                known =>
                    known with
                    {
                        Decisions = known.Decisions.Add(
                            new StepDecision(decided.Decision, decided.By, decided.Reason, decided.Hash, decided.Answers, at)
                        ),
                    }
            ) with
            {
                Interventions = state.Interventions + 1,
            },
            RunFact.WaitOver over => state.With(over.Step, known => known with { Wait = null, WaitedOut = true }) with
            {
                Phase = RunPhase.Running,
            },
            RunFact.TakenOver taken => state with { Node = taken.Node, Epoch = taken.Epoch, Interventions = state.Interventions + 1 },
            RunFact.CancelRequested cancel => state with
            {
                CancelRequestedBy = cancel.By,
                Because = cancel.Reason,
                Interventions = state.Interventions + 1,
            },
            RunFact.Ended ended => state with { Phase = ended.Phase, Because = ended.Because, Outputs = ended.Outputs, EndedAt = at },
            _ => state,
        };
    }

    private RunState With(string step, Func<StepState, StepState> change) =>
        this with
        {
            Steps = Steps.SetItem(step, change(Steps.GetValueOrDefault(step) ?? StepState.Fresh)),
        };
}

public sealed record StepState
{
    public static StepState Fresh { get; } = new();

    public StepOutcome Outcome { get; init; } = StepOutcome.Pending;
    public FailureClass? Class { get; init; }
    public ImmutableList<StepAttempt> Attempts { get; init; } = [];
    public ImmutableList<StepDecision> Decisions { get; init; } = [];
    public StepWait? Wait { get; init; }
    public bool WaitedOut { get; init; }
    public JsonElement? Outputs { get; init; }

    /// <summary>Where a secret was taken out of the outputs: JSON Pointers.</summary>
    public IReadOnlyList<string> Masked { get; init; } = [];
    public string? Because { get; init; }
    public DateTimeOffset? Retry { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The run goes no further than this step (but for <c>finally</c>): it ended the run well, or somebody stopped it here.</summary>
    public bool EndsRun { get; init; }

    /// <summary>Nothing more happens to this step.</summary>
    public bool IsOver => EndsRun || (Outcome >= StepOutcome.Success && Outcome is not StepOutcome.Unknown);

    internal StepState Attempt(int number, Func<StepAttempt, StepAttempt> change) =>
        this with
        {
            Attempts = Attempts.ConvertAll(attempt => attempt.Number == number ? change(attempt) : attempt),
        };
}

public sealed record StepAttempt(
    int Number,
    DateTimeOffset StartedAt,
    StepEffect Effect,
    string InputsHash,
    string? IdempotencyKey,
    DateTimeOffset Deadline,
    JsonElement? Before,
    string Node
)
{
    public DateTimeOffset? EndedAt { get; init; }
    public StepOutcome? Outcome { get; init; }
    public FailureClass? Class { get; init; }
    public string? Because { get; init; }
    public StepProcess? Process { get; init; }

    /// <summary>The run's version when it started and ended: the order of things, also where a clock stands still.</summary>
    public long StartedVersion { get; init; }
    public long EndedVersion { get; init; }
}

public sealed record StepProcess(string Host, int Pid, long StartTicks);

public sealed record StepWait(
    WaitKind Kind,
    string? Hash,
    IReadOnlyList<string> From,
    string Text,
    JsonElement? Evidence,
    DateTimeOffset Since,
    DateTimeOffset? Until
)
{
    /// <summary>How many decisions the step had before; those after it are about this wait.</summary>
    public int DecisionsBefore { get; init; }
}

public sealed record StepDecision(RunDecision Decision, string By, string? Reason, string? Hash, JsonElement? Answers, DateTimeOffset At);
