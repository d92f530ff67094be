using Bot.Storage;
using Runbooks.Definition;
using Runbooks.Expressions;

namespace Bot.Runs;

/// <summary>
/// Keeps a runbook that does not help from answering its own echo: one run for each episode of an alert, a cool-down after it,
/// and a budget of runs; beyond that a person decides.
/// </summary>
internal sealed class EchoGuard(RunTable runs, TimeProvider time)
{
    /// <returns>The run that was started for this episode of the alert; null: none.</returns>
    public async Task<RunRow?> RunOfAsync(RunbookDefinition runbook, AlertRow alert, CancellationToken cancel) =>
        await LastForAsync(runbook, alert, cancel) is { } last && last.AlertAt == alert.StartsAt ? last : null;

    /// <returns>Why it may not start by itself now; null: it may.</returns>
    public async Task<string?> RefusalAsync(RunbookDefinition runbook, AlertTrigger trigger, AlertRow alert, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (trigger.Cooldown is { } cooldown && await LastForAsync(runbook, alert, cancel) is { } last)
        {
            if (last.EndedAt is null)
                return $"{last.Id} for the same alert is still under way";
            if (last.EndedAt > now - cooldown)
                return $"{last.Id} was for the same alert, and its cool-down of {Duration.Write(cooldown)} is not over";
        }

        if (trigger.Budget is not { } budget)
            return null;
        var latest = await runs.ListAsync(new RunQuery(Runbook: runbook.Name, Limit: budget.Runs), cancel);
        return latest.Count(run => run.StartedAt > now - budget.Per) >= budget.Runs
            ? $"its budget of {budget.Runs} runs per {Duration.Write(budget.Per)} is used up"
            : null;
    }

    private async Task<RunRow?> LastForAsync(RunbookDefinition runbook, AlertRow alert, CancellationToken cancel)
    {
        var of = RunRows.Alert(alert.Source, alert.Fingerprint);
        return await runs.ListAsync(new RunQuery(Runbook: runbook.Name, Alert: of, Limit: 1), cancel) is [var last] ? last : null;
    }
}
