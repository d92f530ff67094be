using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>What comes next for one step.</summary>
internal abstract record Next
{
    private Next() { }

    /// <summary>Facts that follow by themselves; record them and plan again.</summary>
    public sealed record Record(params IReadOnlyList<RunFact> Facts) : Next;

    /// <summary>Record the facts (the last one is the start of an attempt), then act.</summary>
    public sealed record Act(IReadOnlyList<RunFact> Facts, StepCall Call) : Next;

    /// <summary>Nothing to do before this time or a decision; null: only a decision helps.</summary>
    public sealed record Park(DateTimeOffset? Until) : Next;

    /// <summary>An attempt is under way in this process.</summary>
    public sealed record Busy : Next;

    /// <summary>An attempt is under way in this process and should end.</summary>
    public sealed record Interrupt(string Path) : Next;
}

public enum CallPart
{
    Main,
    Before,
    Check,
}

/// <summary>One attempt to make: the step itself, its <c>before</c> or its <c>check</c>.</summary>
public sealed record StepCall(Unit Unit, CallPart Part, RunFact.StepStarted Started)
{
    public StepDefinition Step => Unit.Step;

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

/// <summary>What comes next in a run: facts to record, then calls to make, all at once.</summary>
/// <param name="Facts">Durable before any of the calls; plan again once they are, unless <paramref name="Settled"/>.</param>
/// <param name="Interrupts">Paths of attempts under way here that should end.</param>
/// <param name="Wake">When to look again if nothing happens; null: only a decision helps.</param>
/// <param name="Settled">The facts are starts of calls only: planning again would bring nothing more.</param>
public sealed record Turn(
    IReadOnlyList<RunFact> Facts,
    IReadOnlyList<StepCall> Calls,
    IReadOnlyList<string> Interrupts,
    DateTimeOffset? Wake,
    bool Settled
);

/// <summary>Gathers what comes next over all steps that are under way.</summary>
/// <param name="run">On which it is planned.</param>
internal sealed class Gathered(RunState run)
{
    // What ends in one turn takes of the run's budget, one after the other.
    private long kept;
    private long given;

    public List<RunFact> Facts { get; } = [];
    public List<StepCall> Calls { get; } = [];
    public List<string> Interrupts { get; } = [];
    public DateTimeOffset? Wake { get; private set; }
    public bool Recorded { get; private set; }

    /// <summary>Whether a step has ended in what was gathered so far.</summary>
    public bool HasEnd { get; private set; }

    /// <summary>How many targets begin.</summary>
    public int Targets { get; set; }

    public Turn Turn => new(Facts, Calls, Interrupts, Wake, !Recorded);

    public void Record(params ReadOnlySpan<RunFact> facts)
    {
        foreach (var fact in facts)
        {
            Facts.Add(Bounded(fact));
            HasEnd |= fact is RunFact.StepEnded;
        }

        Recorded = true;
    }

    /// <summary>What is handed on to others takes its room.</summary>
    /// <param name="why">Why there is none.</param>
    public bool TryTake(JsonElement handedOn, [NotNullWhen(false)] out string? why)
    {
        var size = JsonText.SizeOf(handedOn);
        why = RunRoom.Takes(run, given, size) ? null : RunRoom.TooMuch(size);
        if (why is null)
            given += size;
        return why is null;
    }

    private RunFact Bounded(RunFact fact)
    {
        switch (fact)
        {
            case RunFact.StepEnded { Outputs: not null } ended:
                var within = Shown.Within(ended, RunRoom.For(run, ended.Step, kept));
                kept += JsonText.SizeOf(within.Outputs!.Value);
                return within;
            case RunFact.Ended ended:
                return Shown.Of(ended);
            default:
                return fact;
        }
    }

    public void Park(DateTimeOffset? until)
    {
        if (until is { } time && (Wake is null || time < Wake))
            Wake = time;
    }

    public void Add(Next next)
    {
        switch (next)
        {
            case Next.Record record:
                Record([.. record.Facts]);
                break;
            case Next.Act act:
                Facts.AddRange(act.Facts);
                Calls.Add(act.Call);
                break;
            case Next.Park park:
                Park(park.Until);
                break;
            case Next.Interrupt interrupt:
                Interrupts.Add(interrupt.Path);
                break;
        }
    }
}
