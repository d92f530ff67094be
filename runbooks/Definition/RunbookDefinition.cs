using Runbooks.Expressions;

namespace Runbooks.Definition;

/// <summary>One problem of a runbook's text, at its place.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
public sealed record DefinitionProblem(int Line, int Column, string Message)
{
    public override string ToString() => $"{Line}:{Column}: {Message}";
}

/// <summary>A runbook as written, checked and ready to be planned. Immutable.</summary>
public sealed record RunbookDefinition
{
    public required string Name { get; init; }
    public required string Summary { get; init; }

    /// <summary>SHA-256 of the text, hex: what a run is pinned to.</summary>
    public required string Hash { get; init; }
    public required string Text { get; init; }
    public IReadOnlyList<AlertTrigger> Alerts { get; init; } = [];
    public IReadOnlyList<ScheduleTrigger> Schedules { get; init; } = [];
    public ChatTrigger? Chat { get; init; }
    public IReadOnlyList<InputDefinition> Inputs { get; init; } = [];

    /// <summary>Groups whose members may start it; empty: every responder.</summary>
    public IReadOnlyList<string> MayRun { get; init; } = [];

    /// <summary>Texts; of the runs that name the same one, one goes on at a time.</summary>
    public IReadOnlyList<Template> Locks { get; init; } = [];
    public RunLimits Limits { get; init; } = RunLimits.None;
    public IReadOnlyList<KeyValuePair<string, Template>> Env { get; init; } = [];
    public IReadOnlyList<StepDefinition> Steps { get; init; } = [];
    public IReadOnlyList<StepDefinition> Finally { get; init; } = [];

    /// <summary>Those of <c>steps</c>, then those of <c>finally</c>; not what is in a group.</summary>
    public IEnumerable<StepDefinition> StepsAndFinally => Steps.Concat(Finally);
    public IReadOnlyList<KeyValuePair<string, Template>> Outputs { get; init; } = [];

    /// <summary>All steps by id, those of groups and of <c>finally</c> among them.</summary>
    public IReadOnlyDictionary<string, StepDefinition> ById { get; init; } = new Dictionary<string, StepDefinition>();

    /// <summary>The ids, found whatever their case.</summary>
    internal IReadOnlyDictionary<string, string> Ids { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether a condition looks at the alert, whose state changes while the run goes on.</summary>
    public bool ReadsAlertState { get; init; }

    /// <summary>The runbooks that its steps call, by name; what those call is theirs.</summary>
    public IEnumerable<string> Calls =>
        ById.Values.Select(step => step.Runbook?.Name).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    public StepDefinition? Step(string id) => ById.GetValueOrDefault(id);
}

/// <param name="Timeout">Of the whole run, from its start; null: none.</param>
/// <param name="Targets">How many targets one <c>for-each</c> that changes something may have; null: no bound of its own.</param>
/// <param name="StopOnUnknown">An unknown outcome stops the run instead of asking.</param>
public sealed record RunLimits(TimeSpan? Timeout, int? Targets, bool StopOnUnknown)
{
    public static RunLimits None { get; } = new(null, null, false);
}

public enum InputType
{
    String,
    Integer,
    Number,
    Boolean,
    List,
    Secret,
}

/// <param name="Ref">For secrets only: <c>env:NAME</c>, <c>file:PATH</c> or <c>vault:…</c>.</param>
public sealed record InputDefinition(
    string Name,
    InputType Type,
    Template? Default,
    bool Required,
    IReadOnlyList<object?>? Enum,
    System.Text.RegularExpressions.Regex? Pattern,
    double? Minimum,
    double? Maximum,
    int? MinLength,
    int? MaxLength,
    InputType? Items,
    string? Ref,
    string? Description
)
{
    public int Line { get; init; }
    public int Column { get; init; }
}
