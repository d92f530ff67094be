using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>
/// What a drill probes of a step that it leaves out: the night in which it is needed is the wrong one to find that nobody can look. What
/// <c>before</c> and <c>check</c> answer says nothing while nothing was done; that they answer does.
/// </summary>
internal sealed class DrillProbes(WalkedRun run, WalkNeeds needed)
{
    public async Task<IReadOnlyList<PlannedStep>> OfAsync(Unit unit, CancellationToken cancel)
    {
        var probed = new List<PlannedStep>();
        if (unit.Step.ForEach is not null)
            return probed;
        (CallPart Part, string Path, UseDefinition? Uses)[] probes =
        [
            (CallPart.Before, unit.Path + StepPath.Before, unit.Step.Before?.Uses),
            (CallPart.Check, unit.Path + StepPath.Check, unit.Step.Check?.Uses),
        ];
        foreach (var (part, path, uses) in probes)
        {
            if (uses is null)
                continue;
            var line = new PlannedStep(path, null, StepEffect.Read, uses.Action, null, false, true, []);
            probed.Add(
                needed.On(unit, [.. TemplateExpressions.In(uses.With)]) is { Count: > 0 } needs
                    ? line with
                    {
                        LeftOut = WalkNeeds.Said(needs),
                    }
                    : await ProbeAsync(unit, part, uses, line, cancel)
            );
        }

        return probed;
    }

    private async Task<PlannedStep> ProbeAsync(Unit unit, CallPart part, UseDefinition uses, PlannedStep line, CancellationToken cancel)
    {
        Resolved with;
        try
        {
            with = StepInputs.Arguments(unit, uses);
        }
        catch (ExpressionException fault)
        {
            return line with { LeftOut = fault.Message };
        }

        if (unit.View.Actions[uses.Action].EffectOf(with.Json) is not StepEffect.Read and var effect)
            return line with { LeftOut = $"it is {Words.Of(effect)}" };
        if (run.TimeIsOver is { } over)
            return line with { LeftOut = over };
        var (ended, _, cut) = await run.CallAsync(unit, part, line.Step, with, cancel);
        if (cut is not null)
            return line with { LeftOut = cut };
        var answered = ended.Outcome is StepOutcome.Success || ended.Class is FailureClass.Refused;
        return line with
        {
            Outcome = answered ? StepOutcome.Success : StepOutcome.Failure,
            Because = ended.Because,
            Class = ended.Class,
            Answered = answered,
        };
    }
}
