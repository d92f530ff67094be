using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Definition;

/// <summary>One problem of a runbook's text, at its place.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
public sealed record DefinitionProblem(int Line, int Column, string Message)
{
    public override string ToString() => $"{Line}:{Column}: {Message}";
}

/// <summary>A runbook as written, checked and ready to be planned. Immutable.</summary>
/// <param name="Hash">SHA-256 of the text, hex: what a run is pinned to.</param>
public sealed record RunbookDefinition(
    string Name,
    string Summary,
    string Hash,
    string Text,
    IReadOnlyList<AlertTrigger> Alerts,
    IReadOnlyList<InputDefinition> Inputs,
    IReadOnlyList<string> MayRun,
    TimeSpan? Timeout,
    bool StopOnUnknown,
    IReadOnlyList<KeyValuePair<string, Template>> Env,
    IReadOnlyList<StepDefinition> Steps,
    IReadOnlyList<StepDefinition> Finally
)
{
    /// <summary>Whether a condition looks at the alert, whose state changes while the run goes on.</summary>
    public bool ReadsAlertState { get; } =
        Steps
            .Concat(Finally)
            .Any(step => step.Wait?.Until?.Contexts.Contains("alert") is true || step.If?.Contexts.Contains("alert") is true);

    /// <summary>A step of either list by its path, or null.</summary>
    public StepDefinition? Step(string id) => Steps.FirstOrDefault(step => step.Id == id) ?? Finally.FirstOrDefault(step => step.Id == id);
}

public enum TriggerMode
{
    Propose,
    Auto,
}

public enum BudgetEnd
{
    Escalate,
    Propose,
}

/// <param name="Cooldown">Per fingerprint, counted from the end of the last run.</param>
public sealed record AlertTrigger(
    IReadOnlyDictionary<string, IReadOnlyList<LabelMatch>> Match,
    TriggerMode Mode,
    TimeSpan? Cooldown,
    RunBudget? Budget
)
{
    /// <summary>Whether all labels match; a label that the alert lacks is the empty text.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> labels) =>
        Match.All(label => label.Value.Any(match => match.Holds(labels.GetValueOrDefault(label.Key) ?? "")));
}

public sealed record RunBudget(int Runs, TimeSpan Per, BudgetEnd Then);

/// <summary>One value a label may have: the text itself, or a pattern over all of it.</summary>
public sealed record LabelMatch(string Text, System.Text.RegularExpressions.Regex? Pattern)
{
    public bool Holds(string value) => Pattern?.IsMatch(value) ?? value == Text;
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

/// <param name="Ref">For secrets only: <c>env:NAME</c> or <c>file:PATH</c>.</param>
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
);

public enum ElseAction
{
    Fail,
    EndSuccess,
    Continue,
}

/// <summary>A step: exactly one of an action, a script, a wait or (with none of them) a gate.</summary>
public sealed record StepDefinition
{
    public required string Id { get; init; }
    public string? Name { get; init; }
    public int Line { get; init; }
    public UseDefinition? Uses { get; init; }
    public ScriptDefinition? Script { get; init; }
    public WaitDefinition? Wait { get; init; }
    public Expression? If { get; init; }

    /// <summary>Null: what the action says; a script is <see cref="StepEffect.Once"/>.</summary>
    public StepEffect? Effect { get; init; }
    public Template? IdempotencyKey { get; init; }
    public ApproveDefinition? Approve { get; init; }
    public BeforeDefinition? Before { get; init; }
    public CheckDefinition? Check { get; init; }
    public TimeSpan? Timeout { get; init; }
    public RetryDefinition? Retry { get; init; }
    public IReadOnlyList<int> FailsWith { get; init; } = [];
    public Expression? Expect { get; init; }
    public ElseAction Else { get; init; }
    public bool ContinueOnError { get; init; }
    public IReadOnlyList<KeyValuePair<string, Template>> Outputs { get; init; } = [];
    public int LogLimit { get; init; } = 10_000_000;

    public bool IsGate => Uses is null && Script is null && Wait is null;
}

/// <param name="With">Always a mapping.</param>
public sealed record UseDefinition(string Action, Template With);

public sealed record ScriptDefinition(string Body, string Shell, IReadOnlyList<KeyValuePair<string, Template>> Env, string? Cwd);

public sealed record WaitDefinition(TimeSpan? For, Expression? Until, TimeSpan Every, TimeSpan? Timeout);

/// <param name="Self">Whether who started the run may approve.</param>
public sealed record ApproveDefinition(int Need, IReadOnlyList<string> From, TimeSpan? Expires, bool Self);

public sealed record BeforeDefinition(UseDefinition Uses, bool Optional);

/// <param name="DoneWhen">Null: done when the call succeeds.</param>
/// <param name="Authoritative">Whether "not done" may start a new attempt by itself.</param>
public sealed record CheckDefinition(UseDefinition Uses, TimeSpan Settle, Expression? DoneWhen, bool Authoritative);

public sealed record RetryDefinition(
    int Attempts,
    TimeSpan Delay,
    double Backoff,
    TimeSpan MaxDelay,
    bool FullJitter,
    IReadOnlyList<FailureClass> On
)
{
    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="chance">In [0, 1).</param>
    public TimeSpan DelayAfter(int attempt, double chance)
    {
        var delay = Math.Min(Delay.TotalMilliseconds * Math.Pow(Backoff, attempt - 1), MaxDelay.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(FullJitter ? delay * chance : delay);
    }
}
