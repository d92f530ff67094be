using System.Text.Json;
using Bot.Access;
using Bot.Alerts;
using Bot.Desk;
using Bot.Effects;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Runbooks.Definition;

namespace Bot.Runs;

/// <summary>Alerts fire that a runbook asks for: propose it to people, start it, or hold it back.</summary>
internal sealed class ConsiderRunbookHandler(IDesk desk, IRunDesk runDesk, IRunbookShelf shelf, AlertTable alerts, EchoGuard guard)
    : IEffectHandler
{
    private const int AtOnce = 500;

    public string Kind => ConsiderRunbook.Kind;

    public async Task<EffectResult> RunAsync(EffectRow effect, CancellationToken cancel)
    {
        var consider = effect.Read<ConsiderRunbook>();
        if (shelf.Find(consider.Runbook) is not { } runbook)
            return new EffectResult.Done("the runbook is not there any more");
        var done = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var fingerprints in consider.Fingerprints.Chunk(AtOnce))
        {
            var known = await alerts.FindAsync(consider.Source, fingerprints, cancel);
            foreach (var fingerprint in fingerprints)
            {
                if (!known.TryGetValue(fingerprint, out var alert))
                    continue;
                var labels = RunAlert.Labels(alert);
                if (runbook.Alerts.FirstOrDefault(trigger => trigger.Matches(labels)) is not { } trigger)
                    continue;
                var what = await OneAsync(consider.Incident, runbook, trigger, alert, cancel);
                done[what] = done.GetValueOrDefault(what) + 1;
            }
        }

        return new EffectResult.Done(
            done.Count == 0 ? "it does not match any more" : string.Join("; ", done.Select(what => $"{what.Value}× {what.Key}"))
        );
    }

    private async Task<string> OneAsync(
        int incident,
        RunbookDefinition runbook,
        AlertTrigger trigger,
        AlertRow alert,
        CancellationToken cancel
    )
    {
        if (trigger.Mode is TriggerMode.Propose)
            return await ProposeAsync(incident, runbook, $"matches {NameOf(alert)}", alert, cancel);
        if (await guard.RunOfAsync(runbook, alert, cancel) is not null)
            return "started before";
        if (await guard.RefusalAsync(runbook, trigger, alert, cancel) is { } why)
        {
            var asks = trigger.Budget is { Then: BudgetEnd.Propose };
            await HoldBackAsync(incident, runbook, why, alert, calls: !asks, cancel);
            return asks ? await ProposeAsync(incident, runbook, why, alert, cancel) : "held back";
        }

        var caller = new Caller(Actor.System, Role.Admin, runbook.MayRun);
        var key = new IdempotencyKey("runbook.consider", EpisodeOf(runbook, alert), runbook.Name);
        var start = await runDesk.StartAsync(
            runbook.Name,
            JsonElement.Parse("{}"),
            incident,
            new AlertRef(alert.Source, alert.Fingerprint),
            caller,
            key,
            proposed: false,
            cancel
        );
        switch (start)
        {
            case RunStart.Started:
                return "started";
            case RunStart.Invalid invalid:
                var problems = string.Join(" ", invalid.Problems.Select(problem => problem.Sentence));
                await HoldBackAsync(incident, runbook, problems, alert, calls: true, cancel);
                return "held back";
            case RunStart.NotAllowed not:
                await HoldBackAsync(incident, runbook, not.Sentence, alert, calls: true, cancel);
                return "held back";
            default:
                return "not there any more";
        }
    }

    private async Task<string> ProposeAsync(
        int incident,
        RunbookDefinition runbook,
        string reason,
        AlertRow alert,
        CancellationToken cancel
    )
    {
        await desk.SubmitAsync(
            new ProposeWork(incident, new IncidentFact.RunbookProposed(runbook.Name, reason, alert.Source, alert.Fingerprint)),
            cancel
        );
        return "proposed";
    }

    // Once for each reason: what a storm of one kind runs into is told once.
    private async Task HoldBackAsync(
        int incident,
        RunbookDefinition runbook,
        string why,
        AlertRow alert,
        bool calls,
        CancellationToken cancel
    )
    {
        var fact = new IncidentFact.RunbookHeldBack(runbook.Name, $"{why} ({NameOf(alert)})");
        var first = await desk.SubmitAsync(
            new HoldBackWork(incident, fact) { Key = new IdempotencyKey("runbook.held", $"{incident}/{runbook.Name}/{why}", runbook.Name) },
            cancel
        );
        if (first && calls)
            await desk.SubmitAsync(
                new CallAgainWork(incident, $"runbook {runbook.Name} was held back")
                {
                    Key = new IdempotencyKey("runbook.held", $"{incident}/{runbook.Name}", runbook.Name),
                },
                cancel
            );
    }

    private static string NameOf(AlertRow alert) => AlertWords.Of(alert.Labels, alert.Annotations, null).InOneLine;

    private static string EpisodeOf(RunbookDefinition runbook, AlertRow alert) =>
        $"{runbook.Name}/{alert.Source}/{alert.Fingerprint}/{alert.StartsAt.ToUnixTimeMilliseconds()}";

    // Once for each runbook and incident: a storm of one kind is one question to people.
    private sealed class ProposeWork(int incident, IncidentFact.RunbookProposed fact) : DeskWork<bool>
    {
        public override bool Decide(IDraft draft)
        {
            if (
                draft.Incident(incident) is not { IsOpen: true } state
                || state.Proposed.Exists(known => known.Runbook == fact.Runbook && known.Source is not null)
            )
                return false;
            draft.Append(StreamId.Incident(incident), fact, Actor.System);
            return true;
        }
    }

    private sealed class HoldBackWork(int incident, IncidentFact.RunbookHeldBack fact) : DeskWork<bool>
    {
        public override bool Decide(IDraft draft)
        {
            if (draft.Incident(incident) is not { IsOpen: true })
                return false;
            draft.Append(StreamId.Incident(incident), fact, Actor.System);
            return true;
        }
    }

    // Who has acknowledged may look elsewhere by now. Who has not is being called already.
    private sealed class CallAgainWork(int incident, string reason) : DeskWork<bool>
    {
        public override bool Decide(IDraft draft)
        {
            if (draft.Incident(incident) is not { IsOpen: true, AwaitsAcknowledgement: false } state)
                return false;
            foreach (var target in state.Policy.Level(0)?.Targets ?? [])
                draft.Append(StreamId.Incident(incident), new IncidentFact.PageRequested(target, reason), Actor.System);
            return true;
        }
    }
}
