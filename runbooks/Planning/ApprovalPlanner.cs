using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>Holds a step until enough people have agreed to exactly what it will do.</summary>
internal static class ApprovalPlanner
{
    /// <returns>Null once it may go on.</returns>
    public static Next? Next(PlanView view, StepDefinition step, StepState state, ApproveDefinition approve, Resolved with)
    {
        var hash = Planner.BindingHash(view.Definition, step.Id, with.Hash);
        var agreed = state
            .Decisions.Where(decision => decision.Decision is RunDecision.Approve && decision.Hash == hash)
            .Select(decision => decision.By)
            .Distinct(StringComparer.Ordinal)
            .Count();
        if (agreed >= approve.Need)
            return null;
        if (state.Wait is not { } wait || wait.Hash != hash)
        {
            return new Next.Record(
                new RunFact.StepWaits(
                    step.Id,
                    WaitKind.Approval,
                    hash,
                    approve.From,
                    Text(view, step, approve, with),
                    null,
                    approve.Expires is { } expires ? view.Now + expires : null
                )
            );
        }

        var denied = state.Decisions.Skip(wait.DecisionsBefore).FirstOrDefault(decision => decision.Decision is RunDecision.Deny);
        if (denied is not null)
            return Failed(step, $"denied by {denied.By}" + (denied.Reason is null ? "" : $": {denied.Reason}"));
        if (wait.Until is { } until && view.Now >= until)
            return Failed(step, "nobody approved it in time");
        return new Next.Park(wait.Until);
    }

    public static string Describe(PlanView view, StepDefinition step, Resolved with)
    {
        if (step.Uses is { } uses && view.Actions.TryGetValue(uses.Action, out var action))
            return action.Describe(with.Json);
        return step.Script is { } script ? $"{script.Shell}: {FirstLine(script.Body)}" : step.Name ?? step.Id;
    }

    private static string Text(PlanView view, StepDefinition step, ApproveDefinition approve, Resolved with) =>
        (step.Name is { } name ? name + ": " : "")
        + Describe(view, step, with)
        + (approve.Need > 1 ? $" (needs {approve.Need} people)" : "");

    private static string FirstLine(string body)
    {
        var lines = body.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length switch
        {
            0 => "",
            1 => lines[0],
            _ => $"{lines[0]} … ({lines.Length} lines)",
        };
    }

    private static Next.Record Failed(StepDefinition step, string because) =>
        new(new RunFact.StepEnded(step.Id, 0, StepOutcome.Failure, FailureClass.NotSent, null, because, null));
}
