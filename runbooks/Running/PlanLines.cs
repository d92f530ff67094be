using Runbooks.Expressions;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>What a plan says of a step: what is known of it as values, what is not as it is written.</summary>
internal sealed class PlanLines(WalkNeeds needed)
{
    /// <param name="does">Without what takes it back.</param>
    public PlannedStep Of(Unit unit, string call, IReadOnlyList<string> needs, WholeCall? does = null)
    {
        var undo = unit.Step.Undo is null ? ((string Text, StepEffect, WholeCall Whole)?)null : Open(unit.Undo);
        return new PlannedStep(
            unit.Path,
            unit.Step.Name,
            unit.Step.Effect,
            call,
            unit.Step.If?.Text,
            unit.Step.Approve is not null && !IsIdle(unit),
            needs.Count == 0,
            // Whether it happens at all may depend on more than what it would do.
            [.. needs.Union(Whether(unit))],
            Undo: undo is null ? null : undo.Value.Text + (unit.Step.Undo!.Approve is null ? "" : ", once people approve it"),
            Does: does is null ? null : does with { Undo = undo?.Whole }
        );
    }

    /// <summary>Of a call of which not everything is known: nothing that would change something goes unnamed.</summary>
    public PlannedStep Widest(Unit unit, IReadOnlyList<string> needs)
    {
        var (text, own, whole) = Open(unit);
        return Of(unit, text, needs, whole) with { Effect = StepPlanner.Declared(unit.Step, own) };
    }

    /// <summary>Why it would be skipped; null: it would not, or that is not known.</summary>
    public string? Skipped(Unit unit) => Skips(unit).Why;

    /// <summary>Why nobody can say whether it would be skipped, with all at hand that its condition is made of; null: one can.</summary>
    public string? Unread(Unit unit) => Skips(unit).Fault;

    /// <summary>What it depends on whether it would be skipped.</summary>
    public IReadOnlyList<string> Whether(Unit unit) => Skips(unit).Needs;

    private (string? Why, string? Fault, IReadOnlyList<string> Needs) Skips(Unit unit)
    {
        if (unit.Step.If is not { } condition)
            return (null, null, []);
        var needs = needed.Unsure(unit, [condition]);
        // Whether an earlier step goes well that is not made, or that failed here, is not known: either way may have it happen.
        var open = needed.OpenIn(unit.Frame);
        IReadOnlyList<RunStatus> could = open.Count == 0 ? [RunContexts.StatusOf(unit.Frame)] : [RunStatus.Success, RunStatus.Failure];
        if (needs.Count > 0 && (could[0] is not RunStatus.Success || !MayDecide(unit, condition, needs)))
            return (null, null, needs);
        var extra = needs.Count == 0 ? null : Without(unit, needs);
        ExpressionException? fault = null;
        foreach (var status in could)
        {
            try
            {
                if (condition.Holds(unit.Scope(extra, status: status)))
                    return (null, null, status == could[0] ? [] : [.. needs.Union(open)]);
            }
            catch (ExpressionException thrown)
            {
                fault ??= thrown;
            }
        }

        return fault is null ? ($"if: {condition.Text.Trim()}", null, [])
            : needs.Count > 0 ? (null, null, needs)
            : (null, fault.Message, []);
    }

    private static bool MayDecide(Unit unit, Expression condition, List<string> needs) =>
        !condition.Contexts.Contains("item") && needs.TrueForAll(unit.Frame.Definition.Ids.ContainsKey);

    // What && and || do not come to is not needed: one side that is known may decide.
    private static MapValue Without(Unit unit, List<string> needs)
    {
        var steps = (MapValue)unit.Scope().Context("steps")!;
        object? Step(string id) =>
            needs.Contains(id, StringComparer.OrdinalIgnoreCase) ? new CutValue($"steps.{id}", "is not made in a plan.")
            : steps.TryGet(id, out var step) ? step
            : null;
        return new MapValue([KeyValuePair.Create("steps", (object?)new MapValue(unit.Frame.Definition.Ids, Step))]);
    }

    /// <summary>What it is, where no more can be said of it.</summary>
    public static string NotKnown(Unit unit) =>
        unit.Step.Uses is { } uses ? uses.Action
        : unit.Step.Runbook is { } call ? $"runbook {call.Name}"
        : StepPlanner.Describe(unit, Resolved.Nothing);

    // Of a group nothing of which would be done nobody is asked anything.
    private bool IsIdle(Unit unit) =>
        Skipped(unit) is not null || (unit.Step is { ForEach: null, Parallel: not null } && GroupPlanner.Members(unit).All(IsIdle));

    private (string Text, StepEffect Effect, WholeCall Whole) Open(Unit unit) =>
        OpenCall.Of(unit, expression => needed.Unsure(unit, [expression]).Count == 0);
}
