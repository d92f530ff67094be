using System.Text.Json;
using Bot.Access;
using Bot.Desk;
using Bot.Effects;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Runbooks.Definition;

namespace Bot.Runs;

/// <summary>A run's wait is over, or somebody decided.</summary>
internal sealed class WakeRunHandler(RunConductor conductor) : IEffectHandler
{
    public string Kind => WakeRun.Kind;

    public async Task<EffectResult> RunAsync(EffectRow effect, CancellationToken cancel)
    {
        var wake = effect.Read<WakeRun>();
        await conductor.WakeAsync(wake.Run, wake.Take, cancel);
        return new EffectResult.Done("woken");
    }
}

/// <summary>An incident is over: nobody decides on its steps any more.</summary>
internal sealed class IncidentOverHandler(IDesk desk, RunConductor conductor) : IEffectHandler
{
    public string Kind => IncidentOver.Kind;

    public async Task<EffectResult> RunAsync(EffectRow effect, CancellationToken cancel)
    {
        var over = effect.Read<IncidentOver>();
        var work = new CancelRunWork(over.Run, $"inc-{over.Incident} is over", Actor.System, onlyWaiting: true);
        var refused = await desk.SubmitAsync(work, cancel);
        await conductor.WakeAsync(over.Run, take: false, cancel);
        return new EffectResult.Done(refused ?? "nobody is asked any more");
    }
}

/// <summary>Which runbooks match alerts that an incident sees for the first time: propose, start, or hold back.</summary>
internal sealed class ConsiderRunbooksHandler(
    IDesk desk,
    IRunDesk runDesk,
    IRunbookShelf shelf,
    RunTable runs,
    AlertTable alerts,
    TimeProvider time
) : IEffectHandler
{
    // A storm brings thousands of alerts of a few kinds; the first ones of each kind stand for all.
    private const int MaxAlerts = 50;
    private const int MaxRuns = 1000;
    private const string NoMatch = "no runbook matches";

    public string Kind => ConsiderRunbooks.Kind;

    public async Task<EffectResult> RunAsync(EffectRow effect, CancellationToken cancel)
    {
        var consider = effect.Read<ConsiderRunbooks>();
        var watching = shelf.All.Select(one => one.Definition).OfType<RunbookDefinition>().Where(one => one.Alerts.Count > 0).ToList();
        if (watching.Count == 0)
            return new EffectResult.Done(NoMatch);
        var done = new List<string>();
        var fingerprints = consider.Fingerprints.Take(MaxAlerts).ToList();
        var known = await alerts.FindAsync(consider.Source, fingerprints, cancel);
        foreach (var fingerprint in fingerprints)
        {
            if (!known.TryGetValue(fingerprint, out var alert))
                continue;
            var labels = RunAlert.Labels(alert);
            foreach (var definition in watching)
            {
                if (definition.Alerts.FirstOrDefault(trigger => trigger.Matches(labels)) is { } trigger)
                    done.Add(await OneAsync(consider, definition, trigger, alert, cancel));
            }
        }

        return new EffectResult.Done(done.Count == 0 ? NoMatch : string.Join("; ", done));
    }

    private async Task<string> OneAsync(
        ConsiderRunbooks consider,
        RunbookDefinition definition,
        AlertTrigger trigger,
        AlertRow alert,
        CancellationToken cancel
    )
    {
        var name = alert.Labels.Length > 200 ? alert.Fingerprint : alert.Labels;
        if (trigger.Mode is TriggerMode.Propose)
            return await ProposeAsync(consider, definition, $"matches {name}", alert, cancel);
        if (await HeldBackAsync(definition, trigger, alert, consider, cancel) is { } why)
        {
            await RecordAsync(
                consider.Incident,
                new IncidentFact.RunbookHeldBack(definition.Name, why),
                $"held/{definition.Name}/{alert.Fingerprint}",
                cancel
            );
            return trigger.Budget?.Then is BudgetEnd.Propose ? await ProposeAsync(consider, definition, why, alert, cancel) : why;
        }

        var caller = new Caller(Actor.System, Role.Admin, definition.MayRun);
        var key = new IdempotencyKey(
            "runbooks.consider",
            $"{definition.Name}/{alert.Source}/{alert.Fingerprint}/{alert.StartsAt.ToUnixTimeMilliseconds()}/{consider.Incident}",
            definition.Name
        );
        var start = await runDesk.StartAsync(
            definition.Name,
            JsonElement.Parse("{}"),
            consider.Incident,
            new AlertRef(alert.Source, alert.Fingerprint),
            caller,
            key,
            cancel
        );
        switch (start)
        {
            case RunStart.Started started:
                return $"started {started.Run}";
            case RunStart.Invalid invalid:
                var problems = string.Join(" ", invalid.Problems.Select(problem => $"{problem.Field}: {problem.Fix}"));
                await RecordAsync(
                    consider.Incident,
                    new IncidentFact.RunbookHeldBack(definition.Name, problems),
                    $"held/{definition.Name}/{alert.Fingerprint}",
                    cancel
                );
                return problems;
            default:
                return $"{definition.Name} could not be started";
        }
    }

    private async Task<string?> HeldBackAsync(
        RunbookDefinition definition,
        AlertTrigger trigger,
        AlertRow alert,
        ConsiderRunbooks consider,
        CancellationToken cancel
    )
    {
        if (trigger.Cooldown is null && trigger.Budget is null)
            return null;
        var now = time.GetUtcNow();
        var earlier = (await runs.ListAsync(new RunQuery(Limit: MaxRuns), cancel)).Where(run => run.Runbook == definition.Name).ToList();
        if (trigger.Budget is { } budget && earlier.Count(run => run.StartedAt > now - budget.Per) >= budget.Runs)
            return $"its budget of {budget.Runs} runs is used up";
        if (trigger.Cooldown is not { } cooldown)
            return null;
        foreach (var run in earlier.Where(run => run.EndedAt is null || run.EndedAt > now - cooldown))
        {
            var state = await runs.FindAsync(run.Id, cancel);
            if (
                state?.Alert is { } of
                && of.TryGetProperty("fingerprint", out var fingerprint)
                && fingerprint.GetString() == alert.Fingerprint
                && of.GetProperty("startsAt").GetDateTimeOffset() != alert.StartsAt
            )
                return $"{run.Id} was for the same alert, and its cool-down is not over";
        }

        return null;
    }

    private async Task<string> ProposeAsync(
        ConsiderRunbooks consider,
        RunbookDefinition definition,
        string reason,
        AlertRow alert,
        CancellationToken cancel
    )
    {
        var fact = new IncidentFact.RunbookProposed(definition.Name, reason, alert.Source, alert.Fingerprint);
        await RecordAsync(consider.Incident, fact, $"propose/{definition.Name}/{alert.Fingerprint}", cancel);
        return $"proposed {definition.Name}";
    }

    private Task<bool> RecordAsync(int incident, IncidentFact fact, string id, CancellationToken cancel) =>
        desk.SubmitAsync(
            new RecordOnceWork(incident, fact) { Key = new IdempotencyKey("runbooks.consider", $"{incident}/{id}", id) },
            cancel
        );

    private sealed class RecordOnceWork(int incident, IncidentFact fact) : DeskWork<bool>
    {
        public override bool Decide(IDraft draft)
        {
            if (draft.Incident(incident) is not { IsOpen: true })
                return false;
            draft.Append(StreamId.Incident(incident), fact, Actor.System);
            return true;
        }
    }
}
