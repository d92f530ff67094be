using Runbooks.Expressions;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>What a plan says of a step: what is known of it as values, what is not as it is written.</summary>
internal sealed class PlanLines(WalkNeeds needed)
{
    public PlannedStep Of(Unit unit, string call, IReadOnlyList<string> needs) =>
        new(
            unit.Path,
            unit.Step.Name,
            unit.Step.Effect,
            call,
            unit.Step.If?.Text,
            unit.Step.Approve is not null && !IsIdle(unit),
            needs.Count == 0,
            // Whether it happens at all may depend on more than what it would do.
            unit.Step.If
                is { } condition
                ? [.. needs.Union(needed.On(unit, [condition]))]
                : needs,
            Undo: unit.Step.Undo is { } undo ? Open(unit.Undo).Text + (undo.Approve is null ? "" : ", once people approve it") : null
        );

    /// <summary>Of a call of which not everything is known: nothing that would change something goes unnamed.</summary>
    public PlannedStep Widest(Unit unit, IReadOnlyList<string> needs)
    {
        var (text, own) = Open(unit);
        return Of(unit, text, needs) with { Effect = StepPlanner.Declared(unit.Step, own) };
    }

    /// <summary>Why it would be skipped; null: it would not, or that is not known.</summary>
    public string? Skipped(Unit unit) => Skips(unit).Why;

    /// <summary>Why nobody can say whether it would be skipped, with all at hand that its condition is made of; null: one can.</summary>
    public string? Unread(Unit unit) => Skips(unit).Fault;

    private (string? Why, string? Fault) Skips(Unit unit)
    {
        if (unit.Step.If is not { } condition || needed.On(unit, [condition]).Count > 0)
            return (null, null);
        try
        {
            return (StepPlanner.Skips(unit), null);
        }
        catch (ExpressionException fault)
        {
            return (null, fault.Message);
        }
    }

    /// <summary>What it is, where no more can be said of it.</summary>
    public static string NotKnown(Unit unit) =>
        unit.Step.Uses is { } uses ? uses.Action
        : unit.Step.Runbook is { } call ? $"runbook {call.Name}"
        : StepPlanner.Describe(unit, Resolved.Nothing);

    // Of a group nothing of which would be done nobody is asked anything.
    private bool IsIdle(Unit unit) =>
        Skipped(unit) is not null || (unit.Step is { ForEach: null, Parallel: not null } && GroupPlanner.Members(unit).All(IsIdle));

    private (string Text, StepEffect Effect) Open(Unit unit) => OpenCall.Of(unit, expression => needed.On(unit, [expression]).Count == 0);
}
