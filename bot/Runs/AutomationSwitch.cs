using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;
using Runbooks.Definition;

namespace Bot.Runs;

/// <summary>
/// The one button that stops all automation: nothing starts by itself any more, on no node, and every run that is under way is
/// stopped, down to the processes and calls of its steps.
/// </summary>
internal sealed class AutomationSwitch(IDesk desk, RunTable runs, RunConductor conductor, IRunbookShelf shelf)
{
    private const int AtOnce = 500;

    public Task<Automation> StateAsync(CancellationToken cancel) => desk.SubmitAsync(new ReadWork(), cancel);

    /// <summary>How things stand, and what stopping would reach.</summary>
    public async Task<AutomationReach> LookAsync(CancellationToken cancel) =>
        new(
            await StateAsync(cancel),
            await OpenAsync(cancel),
            [
                .. shelf
                    .All.Select(one => one.Definition)
                    .OfType<RunbookDefinition>()
                    .Where(one => one.Schedules.Count > 0 || one.Alerts.Any(trigger => trigger.Mode is TriggerMode.Auto))
                    .Select(one => one.Name),
            ]
        );

    public async Task<ChatReply> StopAsync(string reason, Caller by, CancellationToken cancel)
    {
        if (Refusal(reason, by) is { } refusal)
            return new ChatReply(false, refusal);
        await desk.SubmitAsync(new SwitchWork(new AutomationFact.Stopped(by.Actor.ToString(), reason), by.Actor), cancel);
        // What was recorded before the switch is under way and found here; after it nothing begins.
        var open = await OpenAsync(cancel);
        foreach (var run in open)
        {
            await desk.SubmitAsync(new CancelRunWork(run.Id, reason, by.Actor), cancel);
            await conductor.WakeAsync(run.Id, take: false, cancel);
        }

        return new ChatReply(
            true,
            $"All automation is stopped, and {open.Count} {(open.Count == 1 ? "run" : "runs")} with it. Their 'finally' steps still run. "
                + "/incident automation resume REASON lets it go on."
        );
    }

    public async Task<ChatReply> ResumeAsync(string reason, Caller by, CancellationToken cancel)
    {
        if (Refusal(reason, by) is { } refusal)
            return new ChatReply(false, refusal);
        return await desk.SubmitAsync(new SwitchWork(new AutomationFact.Resumed(by.Actor.ToString(), reason), by.Actor), cancel)
            ? new ChatReply(true, "Runbooks start by themselves again; what was stopped stays stopped.")
            : new ChatReply(false, "Automation is not stopped.");
    }

    private static string? Refusal(string reason, Caller by) =>
        !by.May(Role.Responder) ? "This needs the role responder."
        : string.IsNullOrWhiteSpace(reason) ? "Give a reason; it goes on the log."
        : null;

    private async Task<IReadOnlyList<RunRow>> OpenAsync(CancellationToken cancel)
    {
        var open = new List<RunRow>();
        while (true)
        {
            var page = await runs.ListAsync(new RunQuery(Over: false, Before: open.LastOrDefault()?.Id, Limit: AtOnce), cancel);
            open.AddRange(page);
            if (page.Count < AtOnce)
                return open;
        }
    }

    private sealed class ReadWork : DeskWork<Automation>
    {
        public override Automation Decide(IDraft draft) => draft.Automation;
    }

    private sealed class SwitchWork(AutomationFact fact, Actor by) : DeskWork<bool>
    {
        public override bool Decide(IDraft draft)
        {
            if (fact is AutomationFact.Stopped == draft.Automation.StoppedBy is not null)
                return false;
            draft.Append(StreamId.Automation, fact, by);
            return true;
        }
    }
}

/// <param name="Runs">Under way, newest first.</param>
/// <param name="Runbooks">Those that start by themselves, by name.</param>
internal sealed record AutomationReach(Automation State, IReadOnlyList<RunRow> Runs, IReadOnlyList<string> Runbooks);
