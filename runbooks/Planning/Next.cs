using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>What comes next in a run.</summary>
public abstract record Next
{
    private Next() { }

    /// <summary>Facts that follow by themselves; record them and plan again.</summary>
    public sealed record Record(params IReadOnlyList<RunFact> Facts) : Next;

    /// <summary>Record the facts (the last one is the start of an attempt), then act.</summary>
    public sealed record Act(IReadOnlyList<RunFact> Facts, StepCall Call) : Next;

    /// <summary>Nothing to do before this time or a decision; null: only a decision helps.</summary>
    public sealed record Park(DateTimeOffset? Until) : Next;

    public sealed record Over : Next;
}

public enum CallPart
{
    Main,
    Before,
    Check,
}

/// <summary>One attempt to make: the step itself, its <c>before</c> or its <c>check</c>.</summary>
public sealed record StepCall(StepDefinition Step, CallPart Part, RunFact.StepStarted Started)
{
    public UseDefinition? Uses =>
        Part switch
        {
            CallPart.Before => Step.Before!.Uses,
            CallPart.Check => Step.Check!.Uses,
            _ => Step.Uses,
        };

    public TimeSpan Timeout => Step.Timeout ?? DefaultTimeout;

    /// <summary>How long an attempt may take where the step does not say.</summary>
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromMinutes(5);
}

/// <summary>All that a plan is made from. Pure: the same view gives the same plan.</summary>
/// <param name="Chance">In [0, 1), for jitter.</param>
/// <param name="AlertState">Whether the alert fires now; null if nobody looked.</param>
/// <param name="Gone">Whether the process behind an open attempt is proven dead.</param>
public sealed record PlanView(
    RunbookDefinition Definition,
    IReadOnlyDictionary<string, Actions.IStepAction> Actions,
    RunState State,
    DateTimeOffset Now,
    double Chance,
    string? AlertState,
    Func<StepAttempt, bool> Gone
)
{
    /// <summary>For what people see: a masked text is its stars. Elsewhere nobody can use it.</summary>
    public bool ShowsMasked { get; init; }

    public StepState Of(string path) => State.Steps.GetValueOrDefault(path) ?? StepState.Fresh;

    /// <summary>As the arguments of an action see it.</summary>
    internal PlanView For(UseDefinition uses) =>
        Actions.GetValueOrDefault(uses.Action) is { ShowsArguments: true } ? this with { ShowsMasked = true } : this;

    /// <param name="secrets">Values of the secret inputs; null leaves their references.</param>
    public Scope Scope(MapValue? extra = null, IReadOnlyDictionary<string, string>? secrets = null) =>
        RunContexts.Scope(this, extra, secrets);
}
