using System.Text.Json;
using Bot.Access;
using Bot.Desk;
using Integrations;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Runs;

/// <summary>Where runs are started, planned and decided: the one entry for pages, API, commands and alerts.</summary>
internal interface IRunDesk
{
    /// <summary>Starts a run; when the task ends, the start is durable.</summary>
    /// <param name="inputs">An object; inputs that are missing take their defaults.</param>
    /// <param name="alert">
    /// The alert it is for; the expressions see it as <c>alert</c>. Null: the one because of which it was proposed to the incident, if it was.
    /// </param>
    /// <param name="proposed">It was proposed to the incident's people: of several who start it the first one does, and all get that run.</param>
    Task<RunStart> StartAsync(
        string runbook,
        JsonElement inputs,
        int? incident,
        AlertRef? alert,
        Caller by,
        IdempotencyKey? key,
        bool proposed,
        CancellationToken cancel
    );

    /// <summary>What a run would do, without doing it; for the alert that a start would be for.</summary>
    Task<RunPlan> PlanAsync(string runbook, JsonElement inputs, int? incident, Caller by, CancellationToken cancel);

    /// <summary>Decides about a run or one of its steps, in the caller's name.</summary>
    Task<ChatReply> DecideAsync(string run, DecisionMade made, Caller by, IdempotencyKey? key, CancellationToken cancel);

    Task<ChatReply> CancelAsync(string run, string reason, Caller by, IdempotencyKey? key, CancellationToken cancel);

    Task<RunState?> FindAsync(string id, CancellationToken cancel);

    /// <summary>Ends when the run is over.</summary>
    Task<RunState> UntilOverAsync(string id, CancellationToken cancel);
}

/// <summary>The identity of an alert.</summary>
internal sealed record AlertRef(string Source, string Fingerprint);

/// <summary>What came of a start.</summary>
internal abstract record RunStart
{
    private RunStart() { }

    /// <param name="Before">Who had started it before, where a proposal is started once; null: it was started now.</param>
    public sealed record Started(string Run, string? Before = null) : RunStart;

    public sealed record NoSuchRunbook(string Sentence) : RunStart;

    public sealed record NotAllowed(string Sentence) : RunStart;

    /// <param name="Problems">By field, as <c>inputs.shard</c>.</param>
    public sealed record Invalid(IReadOnlyList<FieldProblem> Problems) : RunStart;
}

/// <summary>What a run would do.</summary>
/// <param name="Problems">Why it could not start; empty if it can.</param>
internal sealed record RunPlan(
    string Runbook,
    string? Hash,
    JsonElement? Inputs,
    IReadOnlyList<PlannedStep> Steps,
    IReadOnlyList<FieldProblem> Problems
);
