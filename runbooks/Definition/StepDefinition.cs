using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Definition;

public enum ElseAction
{
    Fail,
    EndSuccess,
    Continue,
}

/// <summary>A step: exactly one of an action, a script, a runbook, a wait, a question, a group or (with none of them) a gate.</summary>
public sealed record StepDefinition
{
    public required string Id { get; init; }
    public string? Name { get; init; }
    public int Line { get; init; }
    public int Column { get; init; }
    public UseDefinition? Uses { get; init; }
    public ScriptDefinition? Script { get; init; }
    public CallDefinition? Runbook { get; init; }
    public WaitDefinition? Wait { get; init; }
    public AskDefinition? Ask { get; init; }
    public IReadOnlyList<StepDefinition>? Parallel { get; init; }
    public Expression? If { get; init; }

    /// <summary>The list whose items are its targets; null: the step runs once.</summary>
    public Template? ForEach { get; init; }

    /// <summary>Of a <c>for-each</c>: the step as it is for one target.</summary>
    public StepDefinition? EachTarget { get; init; }

    /// <summary>How many targets at a time.</summary>
    public int MaxParallel { get; init; } = 1;
    public RateDefinition? Rate { get; init; }

    /// <summary>Which items of <c>for-each</c>, or of the argument <c>from</c>, are meant.</summary>
    public Expression? Where { get; init; }

    /// <summary>Null: what the action says; a script is <see cref="StepEffect.Once"/>.</summary>
    public StepEffect? Effect { get; init; }

    /// <summary>Where <see cref="Effect"/> stands: line and column from 1; null where it does not.</summary>
    public (int Line, int Column)? EffectAt { get; init; }

    /// <summary>Why the author declares a looser effect than the action's own.</summary>
    public string? Accepts { get; init; }
    public Template? IdempotencyKey { get; init; }
    public ApproveDefinition? Approve { get; init; }
    public BeforeDefinition? Before { get; init; }
    public CheckDefinition? Check { get; init; }

    /// <summary>The check must hold after success, too.</summary>
    public bool Verify { get; init; }

    /// <summary>What takes its effect back; its id is <c>ID.undo</c>.</summary>
    public StepDefinition? Undo { get; init; }
    public TimeSpan? Timeout { get; init; }
    public RetryDefinition? Retry { get; init; }
    public IReadOnlyList<int> FailsWith { get; init; } = [];
    public Expression? Expect { get; init; }
    public ElseAction Else { get; init; }
    public bool ContinueOnError { get; init; }
    public bool SkipAllowed { get; init; }
    public IReadOnlyList<KeyValuePair<string, Template>> Outputs { get; init; } = [];
    public int LogLimit { get; init; } = 10_000_000;

    /// <summary>Files that a script leaves, below where it starts: <see cref="ArtifactPattern"/>.</summary>
    public IReadOnlyList<string> Artifacts { get; init; } = [];

    /// <summary>Itself and, of a group, its members, theirs among them.</summary>
    public IEnumerable<StepDefinition> WithMembers => (Parallel ?? []).SelectMany(member => member.WithMembers).Prepend(this);

    public bool IsGate => Uses is null && Script is null && Runbook is null && Wait is null && Ask is null && Parallel is null;
}

/// <param name="With">Always a mapping.</param>
public sealed record UseDefinition(string Action, Template With);

public sealed record ScriptDefinition(string Body, string Shell, IReadOnlyList<KeyValuePair<string, Template>> Env, string? Cwd);

/// <summary>Another runbook as a step, pinned together with its caller.</summary>
public sealed record CallDefinition(string Name, Template With);

public sealed record WaitDefinition(TimeSpan? For, Expression? Until, TimeSpan Every, TimeSpan? Timeout);

/// <summary>Typed questions to people; the answers are the step's outputs.</summary>
public sealed record AskDefinition(Template Text, IReadOnlyList<InputDefinition> Inputs, IReadOnlyList<string> From, TimeSpan? Expires);

/// <param name="Waves">How many targets may have been begun by the end of each wave; a wave ends before the next one begins.</param>
/// <param name="Errors">Once so many have failed no other is started; null: one.</param>
public sealed record RateDefinition(IReadOnlyList<Share> Waves, Share? Errors);

/// <param name="Remind">After so long of waiting, and again each time; null: never.</param>
/// <param name="Self">Whether who started the run may approve.</param>
public sealed record ApproveDefinition(int Need, IReadOnlyList<string> From, TimeSpan? Expires, TimeSpan? Remind, bool Self);

public sealed record BeforeDefinition(UseDefinition Uses, bool Optional);

/// <param name="DoneWhen">Null: done when the call succeeds.</param>
/// <param name="First">Looks before the first attempt: what is done already is skipped.</param>
/// <param name="Authoritative">Whether "not done" may start a new attempt by itself.</param>
public sealed record CheckDefinition(UseDefinition Uses, TimeSpan Settle, Expression? DoneWhen, bool First, bool Authoritative);

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
