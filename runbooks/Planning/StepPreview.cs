using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>One step of a plan: its effect and its call in words, before it runs.</summary>
public static class StepPreview
{
    public static (StepEffect? Effect, string Call) Of(PlanView view, StepDefinition step)
    {
        if (step.Wait is { } wait)
            return (null, wait.For is { } length ? $"wait {Duration.Write(length)}" : $"wait until {wait.Until?.Text.Trim()}");
        if (step.IsGate)
            return (null, "wait for an approval");
        try
        {
            var with = StepPlanner.Inputs(view, step);
            return (StepPlanner.EffectOf(view, step, with), ApprovalPlanner.Describe(view, step, with));
        }
        catch (ExpressionException fault)
        {
            return (step.Effect, $"not known before it runs: {fault.Message}");
        }
    }
}
