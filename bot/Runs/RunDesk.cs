using System.Text.Json;
using Bot.Access;
using Bot.Desk;
using Bot.Log;
using Bot.Storage;
using Integrations;
using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Bot.Runs;

/// <inheritdoc cref="IRunDesk"/>
internal sealed class RunDesk(
    IDesk desk,
    IRunbookShelf shelf,
    Definitions definitions,
    RunConductor conductor,
    RunTable runs,
    AlertTable alerts,
    Visibility visibility,
    SecretReader secrets,
    NodeLease node,
    IIdSource ids,
    TimeProvider time
) : IRunDesk
{
    public async Task<RunStart> StartAsync(
        string runbook,
        JsonElement inputs,
        int? incident,
        AlertRef? alert,
        Caller by,
        IdempotencyKey? key,
        CancellationToken cancel
    )
    {
        if (shelf.Find(runbook) is not { } definition)
            return new RunStart.NoSuchRunbook(Missing(runbook));
        if (!await visibility.MaySeeAsync(by, incident, cancel))
            return new RunStart.NotAllowed($"There is no incident {StreamId.Incident(incident!.Value)}.");
        if (!by.May(Role.Responder) || !by.IsIn(definition.MayRun))
        {
            return new RunStart.NotAllowed(
                definition.MayRun.Count == 0
                    ? "Starting a runbook needs the role responder."
                    : $"Only {string.Join(", ", definition.MayRun)} may start '{runbook}'."
            );
        }

        if (NotExecuted.In(definition).ToList() is { Count: > 0 } missing)
            return new RunStart.Invalid([
                new FieldProblem("runbook", runbook, $"Not executed by this version: {string.Join("; ", missing)}."),
            ]);
        var seen = await AlertAsync(alert, cancel);
        var (resolved, problems) = InputResolver.Resolve(definition, inputs, seen, incident);
        if (resolved is not { } given)
            return new RunStart.Invalid(Fields(problems));
        var (barred, mask) = await SecretDoor.CheckAsync(secrets, definition, given, cancel);
        if (barred.Count > 0)
            return new RunStart.Invalid(barred);
        seen = seen is { } of ? mask.Apply(of) : null;
        await definitions.KeepAsync(definition, cancel);
        var id = "run-" + ids.NewId();
        var started = new RunFact.Started(definition.Name, definition.Hash, given, incident, seen, by.Actor.ToString(), node.Name, 1);
        var facts = conductor.Driver.Begin(id, started, definition, out var go);
        var recorded = await desk.SubmitAsync(new StartRunWork(id, facts, by.Actor) { Key = key }, cancel);
        if (recorded == id)
            conductor.Drive(Replayed(id, facts), definition, go);
        return new RunStart.Started(recorded);
    }

    public async Task<RunPlan> PlanAsync(
        string runbook,
        JsonElement inputs,
        int? incident,
        AlertRef? alert,
        Caller by,
        CancellationToken cancel
    )
    {
        if (shelf.Find(runbook) is not { } definition)
            return new RunPlan(runbook, null, null, [], [new FieldProblem("runbook", runbook, Missing(runbook))]);
        if (!await visibility.MaySeeAsync(by, incident, cancel))
        {
            var id = StreamId.Incident(incident!.Value).Value;
            return new RunPlan(runbook, definition.Hash, null, [], [new FieldProblem("incident", id, $"There is no incident {id}.")]);
        }

        var seen = await AlertAsync(alert, cancel);
        var (resolved, problems) = InputResolver.Resolve(definition, inputs, seen, incident);
        if (resolved is not { } given)
            return new RunPlan(runbook, definition.Hash, null, [], Fields(problems));
        var (barred, mask) = await SecretDoor.CheckAsync(secrets, definition, given, cancel);
        if (barred.Count > 0)
            return new RunPlan(runbook, definition.Hash, null, [], barred);
        seen = seen is { } of ? mask.Apply(of) : null;
        var started = new RunFact.Started(definition.Name, definition.Hash, given, incident, seen, by.Actor.ToString(), node.Name, 1);
        var state = RunState.Evolve("run-plan", null, started, time.GetUtcNow());
        return new RunPlan(runbook, definition.Hash, given, Preview.Of(definition, definitions.Actions, state, time.GetUtcNow()), []);
    }

    public async Task<ChatReply> DecideAsync(
        string run,
        string step,
        RunDecision decision,
        string? hash,
        string? reason,
        JsonElement? answers,
        Caller by,
        CancellationToken cancel
    )
    {
        if (!await IsThereForAsync(run, by, cancel))
            return new ChatReply(false, $"There is no run {run}.");
        if (await SelfApprovesAsync(run, step, decision, by, cancel))
            return new ChatReply(false, DecisionRule.NotSelf);
        var refused = await desk.SubmitAsync(new DecideRunWork(run, step, decision, hash, reason, by), cancel);
        if (refused is not null)
            return new ChatReply(false, refused);
        await conductor.WakeAsync(run, cancel);
        return new ChatReply(true, $"{Words.Of(decision)}: {step} of {run}.");
    }

    public async Task<ChatReply> CancelAsync(string run, string reason, Caller by, CancellationToken cancel)
    {
        if (!by.May(Role.Responder))
            return new ChatReply(false, "Cancelling a run needs the role responder.");
        if (!await IsThereForAsync(run, by, cancel))
            return new ChatReply(false, $"There is no run {run}.");
        var refused = await desk.SubmitAsync(new CancelRunWork(run, reason, by.Actor), cancel);
        if (refused is not null)
            return new ChatReply(false, refused);
        conductor.Interrupt(run);
        await conductor.WakeAsync(run, cancel);
        return new ChatReply(true, $"{run} is being cancelled.");
    }

    public Task<RunState?> FindAsync(string id, CancellationToken cancel) => runs.FindAsync(id, cancel);

    public Task<RunState> UntilOverAsync(string id, CancellationToken cancel) => conductor.UntilOverAsync(id, cancel);

    // A run of a private incident is as private as that.
    private async Task<bool> IsThereForAsync(string run, Caller by, CancellationToken cancel) =>
        await runs.FindAsync(run, cancel) is { } state && await visibility.MaySeeAsync(by, state.Incident, cancel);

    private async Task<bool> SelfApprovesAsync(string run, string step, RunDecision decision, Caller by, CancellationToken cancel)
    {
        if (decision is not RunDecision.Approve || await runs.FindAsync(run, cancel) is not { } state)
            return false;
        return state.StartedBy == by.Actor.ToString()
            && (await definitions.FindAsync(state.Hash, cancel))?.Step(step)?.Approve is { Self: false };
    }

    private async Task<JsonElement?> AlertAsync(AlertRef? alert, CancellationToken cancel) =>
        alert is not null && await alerts.FindAsync(alert.Source, alert.Fingerprint, cancel) is { } row ? RunAlert.Of(row) : null;

    private static List<FieldProblem> Fields(IEnumerable<InputProblem> problems) =>
        [.. problems.Select(problem => new FieldProblem(problem.Field, problem.Value, problem.Fix))];

    private RunState Replayed(string id, IReadOnlyList<RunFact> facts) =>
        facts.Aggregate((RunState?)null, (state, fact) => RunState.Evolve(id, state, fact, time.GetUtcNow()))!;

    private string Missing(string runbook)
    {
        var names = shelf.All.Where(one => one.Definition is not null).Select(one => one.Definition!.Name);
        return $"There is no runbook '{runbook}'. There are: {string.Join(", ", names)}.";
    }
}

/// <summary>What each step would do, as far as it is known before anything ran. Pure.</summary>
internal static class Preview
{
    public static List<PlannedStep> Of(
        RunbookDefinition definition,
        IReadOnlyDictionary<string, Runbooks.Actions.IStepAction> actions,
        RunState state,
        DateTimeOffset now
    )
    {
        var view = new PlanView(definition, actions, state, now, 0, null, _ => false);
        return [.. definition.Steps.Concat(definition.Finally).Select(step => One(view, step))];
    }

    private static PlannedStep One(PlanView view, StepDefinition step)
    {
        var known = step.Uses?.With.Contexts.Contains("steps", StringComparer.OrdinalIgnoreCase) is not true;
        var (effect, call) = StepPreview.Of(view, step);
        return new PlannedStep(step.Id, step.Name, effect, call, step.If?.Text, step.Approve is not null, known);
    }
}
