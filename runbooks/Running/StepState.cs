using System.Collections.Immutable;
using System.Text.Json;

namespace Runbooks.Running;

/// <summary>What is known of one step (or target, probe, undo) of a run.</summary>
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
    public long OutputsSize { get; init; }

    /// <summary>Where a secret was taken out of the outputs: JSON Pointers.</summary>
    public IReadOnlyList<string> Masked { get; init; } = [];

    /// <summary>What of the outputs was too large to be kept.</summary>
    public IReadOnlyList<CutMember> Cut { get; init; } = [];
    public string? Because { get; init; }
    public DateTimeOffset? Retry { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The run goes no further than this step (but for <c>finally</c>): it ended the run well, or somebody stopped it here.</summary>
    public bool EndsRun { get; init; }

    /// <summary>The attempt succeeded and its check has not agreed yet.</summary>
    public bool Verifying { get; init; }

    /// <summary>How many attempts were made before a person had the step done anew; a retry counts from there.</summary>
    public int Earlier { get; init; }

    /// <summary>As <see cref="Earlier"/>, but where somebody had it done anew although nobody knew what came of it: then it is the same round still.</summary>
    public int BeforeRound { get; init; }

    /// <summary>How many attempts were undone before a person had the step done anew: of those nothing is left.</summary>
    public int TakenBack { get; init; }

    /// <summary>A group has begun, a runbook was called.</summary>
    public bool Begun { get; init; }

    /// <summary>Of a step that calls a runbook: what it was called with, and when.</summary>
    public JsonElement? CalledWith { get; init; }
    public DateTimeOffset? CalledAt { get; init; }

    /// <summary>Of a <c>for-each</c>.</summary>
    public StepTargets? Targets { get; init; }

    /// <summary>Bytes of what its attempts hold: what was read before them, and why they failed.</summary>
    public long AttemptsSize { get; init; }

    /// <summary>Of a <c>before</c>: the attempt that it was read for holds it, and counts it.</summary>
    public bool HeldByAttempt { get; init; }

    /// <summary>Bytes of all that the run holds of what it brought.</summary>
    public long Kept => (HeldByAttempt ? 0 : OutputsSize) + AttemptsSize;

    /// <summary>Bytes of what it goes by: the list of a <c>for-each</c>, what a runbook was called with.</summary>
    public long GivenSize { get; init; }

    /// <summary>Nothing more happens to this step.</summary>
    public bool IsOver => EndsRun || (Outcome >= StepOutcome.Success && Outcome is not StepOutcome.Unknown);

    /// <summary>Nothing was done or asked about it yet.</summary>
    public bool IsFresh =>
        this is { Outcome: StepOutcome.Pending, Wait: null, WaitedOut: false, Begun: false, Targets: null, Retry: null, Decisions.Count: 0 }
        && Attempts.Count == Earlier;

    /// <summary>An attempt that was started and has not ended.</summary>
    public StepAttempt? Open => Attempts is [.., { EndedAt: null } open] ? open : null;

    public StepAttempt? Last => Attempts is [.., var last] ? last : null;

    /// <summary>Its attempt was made by a node that is silent, and is waited for.</summary>
    public bool IsAwaited => Open is not null && Wait is { Kind: WaitKind.Time };

    /// <summary>When the first attempt of this round began whose answer was lost; null: there is none.</summary>
    public DateTimeOffset? LostSince => LostAfter(BeforeRound);

    /// <summary>The last attempt of this round of which nobody knows whether it happened; null: there is none.</summary>
    public StepAttempt? InDoubt =>
        Attempts.FindLast(attempt => attempt is { Class: FailureClass.Unknown, DidNotHappen: false }) is { } last
        && last.Number > BeforeRound
            ? last
            : null;

    /// <summary>Its attempts since a person had it done anew that were sent.</summary>
    internal IEnumerable<StepAttempt> Sent => Attempts.Skip(Earlier).Where(attempt => attempt.Class is not FailureClass.NotSent);

    /// <summary>Those of them of which something is there, or may be.</summary>
    internal IEnumerable<StepAttempt> Lasting => Sent.Where(attempt => !LeftNothing(attempt));

    /// <summary>Whether something of it is there, or may be, that an attempt left, or a person who did it after one.</summary>
    internal bool IsThere => Lasting.Any() || (Outcome is StepOutcome.Success or StepOutcome.Unknown && Sent.Any());

    /// <summary>With which a person began to say that they did it by hand, since it was last to be done anew; null: nobody did.</summary>
    internal StepDecision? ByHand
    {
        get
        {
            StepDecision? first = null;
            foreach (var decision in Decisions)
            {
                first = decision.Decision switch
                {
                    RunDecision.DoneByHand => first ?? decision,
                    RunDecision.RunAgain or RunDecision.DidNotHappen or RunDecision.Retry => null,
                    _ => first,
                };
            }

            return first;
        }
    }

    /// <summary>Whether nothing of an attempt is there: it did not happen. Whoever has found that says it of those before it in the round that were refused, too.</summary>
    internal bool LeftNothing(StepAttempt attempt) =>
        attempt.IsGone
        || (
            attempt.Class is FailureClass.Refused
            && attempt.Number > Earlier
            && Attempts.Exists(later => later.Number > attempt.Number && later.IsGone)
        );

    /// <summary>As <see cref="LostSince"/>, of the attempts after the first so many.</summary>
    internal DateTimeOffset? LostAfter(int before) =>
        Attempts.Skip(before).FirstOrDefault(attempt => attempt.Class is FailureClass.Unknown)?.StartedAt;

    /// <summary>What a round is known by to whoever keeps from doing a thing twice.</summary>
    /// <param name="before">How many attempts were made before it.</param>
    internal static string Round(string run, string path, int before) => before == 0 ? $"{run}/{path}" : $"{run}/{path}#{before}";

    internal StepState Attempt(int number, Func<StepAttempt, StepAttempt> change)
    {
        // It is nearly always the last one.
        for (var i = Attempts.Count - 1; i >= 0; i--)
        {
            if (Attempts[i].Number == number)
                return this with { Attempts = Attempts.SetItem(i, change(Attempts[i])) };
        }

        return this;
    }
}

/// <summary>The targets of a <c>for-each</c>, counted as they go, so that nobody has to look at all of them each time.</summary>
/// <param name="Items">The list, pinned when the step began.</param>
/// <param name="Begun">Targets 0 to this one (excluded) have begun.</param>
/// <param name="Open">Those of them that are not over.</param>
/// <param name="Failed">Those that failed, are unknown or were cancelled.</param>
public sealed record StepTargets(JsonElement Items, int Count, int Begun, ImmutableSortedSet<int> Open, int Failed);

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
    /// <summary>What of <see cref="Before"/> is masked, and what was cut, as of a step's outputs.</summary>
    public IReadOnlyList<string> BeforeMasked { get; init; } = [];
    public IReadOnlyList<CutMember> BeforeCut { get; init; } = [];

    public DateTimeOffset? EndedAt { get; init; }
    public StepOutcome? Outcome { get; init; }
    public FailureClass? Class { get; init; }
    public string? Because { get; init; }
    public StepProcess? Process { get; init; }

    /// <summary>Who of it lives on although the process that made it is gone; null: nobody is known to.</summary>
    public string? LivesOn { get; init; }

    /// <summary>Why it ended as it did, and who of it lives on.</summary>
    internal string Told => AndWhoLives(Because)?.TrimEnd('.') ?? "";

    internal string? AndWhoLives(string? why) =>
        LivesOn is { } living && why?.Contains(living, StringComparison.Ordinal) is not true ? $"{why?.TrimEnd('.')}; {living}" : why;

    /// <summary>Who lives on may still do its work.</summary>
    public bool MayAct { get; init; }

    /// <summary>Nobody acts for it any more, whatever the process that made it does.</summary>
    public bool HasEnded { get; init; }

    /// <summary>Somebody ended it although the node that made it is only silent, which may still act until then; null: nobody did.</summary>
    public DateTimeOffset? SilentUntil { get; init; }

    /// <summary>Its answer was lost, and its check or a person says that it did not happen.</summary>
    public bool DidNotHappen { get; init; }

    /// <summary>It did not happen, and nobody may do it yet.</summary>
    internal bool IsGone => this is { DidNotHappen: true, MayAct: false };

    /// <summary>Its step was done anew, and nobody had taken back what it did, or may have done.</summary>
    public bool Stands { get; init; }

    /// <summary>It changed something, or may have.</summary>
    internal bool Acted => Effect is not StepEffect.Read && Class is not FailureClass.NotSent;

    /// <summary>With which the run was driven when it started.</summary>
    public long Epoch { get; init; }

    /// <summary>Its end was written by who took the run over: how long it went on nobody knows.</summary>
    public bool Lost { get; init; }

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
    /// <summary>The run's version with it.</summary>
    public long Version { get; init; }

    /// <summary>How many decisions the step had before; those after it are about this wait.</summary>
    public int DecisionsBefore { get; init; }

    public DateTimeOffset? Remind { get; init; }

    /// <summary>It is asked whether the step happened, before its undo begins.</summary>
    public bool BeforeUndo { get; init; }

    /// <summary>The path of the step that people are asked about, of a wait that stands at a path.</summary>
    public string About(string path) => BeforeUndo ? StepPath.Owner(path) : path;

    /// <summary>How often whoever may decide was reminded.</summary>
    public int Reminders { get; init; }
}

/// <param name="Version">The run's version with it.</param>
public sealed record StepDecision(
    RunDecision Decision,
    string By,
    string? Reason,
    string? Hash,
    JsonElement? Answers,
    DateTimeOffset At,
    long Version,
    bool BreakGlass,
    bool BeforeUndo = false
);
