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
    IncidentTable incidents,
    AlertTable alerts,
    Visibility visibility,
    SecretReader secrets,
    NodeLease node,
    IIdSource ids,
    IConfiguration configuration,
    TimeProvider time
) : IRunDesk
{
    private const int ShownHash = 12;

    public async Task<RunStart> StartAsync(
        string runbook,
        JsonElement inputs,
        int? incident,
        AlertRef? alert,
        Caller by,
        IdempotencyKey? key,
        bool proposed,
        CancellationToken cancel
    )
    {
        if (shelf.FindSet(runbook) is not { } books)
            return new RunStart.NoSuchRunbook(Missing(runbook));
        if (!await visibility.MaySeeAsync(by, incident, cancel))
            return new RunStart.NotAllowed($"There is no incident {StreamId.Incident(incident!.Value)}.");
        if (RunRights.Refusal(books, by) is { } not)
            return new RunStart.NotAllowed(not);
        alert ??= await ProposedForAsync(books.Root.Name, incident, cancel);
        var (given, seen, problems) = await ResolveAsync(books, inputs, alert, incident, cancel);
        if (problems.Count > 0)
            return new RunStart.Invalid(problems);
        await definitions.KeepAsync(books, cancel);
        var id = "run-" + ids.NewId();
        var beginning = conductor.Driver.Begin(id, Started(books, given, incident, seen, by), books);
        var recorded = await desk.SubmitAsync(
            new StartRunWork(id, beginning, by.Actor, proposed && incident is { } of ? (of, books.Root.Name) : null) { Key = key },
            cancel
        );
        if (recorded.Run.Length == 0)
            return new RunStart.NotAllowed("All automation is stopped. /incident automation resume REASON lets it go on.");
        var start = new RunStart.Started(recorded.Run, recorded.StartedBefore);
        if (recorded.Run != id)
            return start;
        // Whether it has its locks is on the log, with its beginning.
        if (!beginning.State.Locks.IsEmpty)
            conductor.CarryOn(id);
        // One that only waits for people is on the log as such, and needs nobody.
        else if (beginning.Calls.Count > 0 || beginning.State is not { Phase: RunPhase.Waiting })
            conductor.Drive(beginning.State, books, beginning.Calls);
        return start;
    }

    public async Task<RunPlan> PlanAsync(string runbook, JsonElement inputs, int? incident, Caller by, CancellationToken cancel)
    {
        if (shelf.FindSet(runbook) is not { } books)
            return new RunPlan(runbook, null, null, [], [new FieldProblem("runbook", runbook, Missing(runbook))]);
        var definition = books.Root;
        if (!await visibility.MaySeeAsync(by, incident, cancel))
        {
            var id = StreamId.Incident(incident!.Value).Value;
            return new RunPlan(runbook, definition.Hash, null, [], [new FieldProblem("incident", id, $"There is no incident {id}.")]);
        }

        var alert = await ProposedForAsync(books.Root.Name, incident, cancel);
        var (given, seen, problems) = await ResolveAsync(books, inputs, alert, incident, cancel);
        if (problems.Count > 0)
            return new RunPlan(runbook, definition.Hash, null, [], problems);
        // Its read steps are made for real, so it takes what a start takes.
        if (RunRights.Refusal(books, by) is { } not)
            return new RunPlan(runbook, definition.Hash, given, [], [new FieldProblem("runbook", runbook, not)]);
        var state = RunState.Evolve("run-plan", null, Started(books, given, incident, seen, by), time.GetUtcNow());
        var steps = await new PlanWalk(conductor.Driver, books, state).GoAsync(cancel);
        return new RunPlan(runbook, definition.Hash, given, steps, []);
    }

    public async Task<ChatReply> DecideAsync(string run, DecisionMade made, Caller by, IdempotencyKey? key, CancellationToken cancel)
    {
        if (await FindForAsync(run, by, cancel) is not { } state)
            return new ChatReply(false, $"There is no run {run}.");
        if (await definitions.FindAsync(state, cancel) is not { } books)
            return new ChatReply(false, $"The definition of {run} cannot be read any more.");
        made = made with { By = by.Actor.ToString() };
        if (made is { Decision: RunDecision.ChangeInputs, Answers: { ValueKind: JsonValueKind.Object } changed })
        {
            var (barred, _) = await SecretDoor.CheckAsync(secrets, books.Root, changed, cancel);
            if (barred.Count > 0)
                return new ChatReply(false, string.Join('\n', barred.Select(problem => problem.Sentence)));
        }

        var (refused, about) = await desk.SubmitAsync(new DecideRunWork(run, books, made, by, node.Name) { Key = key }, cancel);
        if (refused is not null)
            return new ChatReply(false, refused) { Link = $"{configuration["Web:PublicUrl"]?.TrimEnd('/')}/runs/{run}" };
        await conductor.WakeAsync(run, take: false, cancel);
        // Whoever names a step has not seen what it asks by that; now they do.
        var what = about is null
            ? "."
            : $": {about.Text}{(about.Hash is { } hash ? $" (exactly {hash[..Math.Min(ShownHash, hash.Length)]})" : "")}";
        return new ChatReply(true, $"{Words.Of(made.Decision)}: {(made.Step.Length > 0 ? made.Step + " of " : "")}{run}{what}");
    }

    public async Task<ChatReply> CancelAsync(string run, string reason, Caller by, IdempotencyKey? key, CancellationToken cancel)
    {
        var reply = await DecideAsync(run, new DecisionMade("", RunDecision.Stop, "", Reason: reason), by, key, cancel);
        return reply.Accepted ? new ChatReply(true, $"{run} is being cancelled.") : reply;
    }

    public Task<RunState?> FindAsync(string id, CancellationToken cancel) => runs.FindAsync(id, cancel);

    public Task<RunState> UntilOverAsync(string id, CancellationToken cancel) => conductor.UntilOverAsync(id, cancel);

    // A run of a private incident is as private as that.
    private async Task<RunState?> FindForAsync(string run, Caller by, CancellationToken cancel) =>
        await runs.FindAsync(run, cancel) is { } state && await visibility.MaySeeAsync(by, state.Incident, cancel) ? state : null;

    private RunFact.Started Started(RunbookSet books, JsonElement given, int? incident, JsonElement? alert, Caller by) =>
        new(books.Root.Name, books.Root.Hash, given, incident, alert, by.Actor.ToString(), node.Name, 1, books.Pinned, Bounded: true);

    private async Task<(JsonElement Given, JsonElement? Alert, IReadOnlyList<FieldProblem> Problems)> ResolveAsync(
        RunbookSet books,
        JsonElement inputs,
        AlertRef? alert,
        int? incident,
        CancellationToken cancel
    )
    {
        var seen = await AlertAsync(alert, cancel);
        var (resolved, problems) = InputResolver.Resolve(books.Root, inputs, seen, incident);
        if (resolved is not { } given)
            return (default, seen, Fields(problems));
        var (barred, mask) = await SecretDoor.CheckAsync(secrets, books.Root, given, cancel);
        if (barred.Count > 0)
            return (default, seen, barred);
        foreach (var called in books.Called.Values)
        {
            var (missing, _) = await SecretDoor.CheckAsync(secrets, called, JsonElement.Parse("{}"), cancel);
            if (missing.Count > 0)
                return (default, seen, [.. missing.Select(problem => problem with { Field = $"{called.Name}.{problem.Field}" })]);
        }

        return (given, seen is { } of ? mask.Apply(of) : null, []);
    }

    // What was proposed to an incident because of an alert is run for that alert, by whichever door it is started or planned.
    private async Task<AlertRef?> ProposedForAsync(string runbook, int? incident, CancellationToken cancel) =>
        incident is { } number
        && (await incidents.FindAsync(number, cancel))?.Proposed.Find(one => one.Runbook == runbook)
            is { Source: { } source, Fingerprint: { } fingerprint }
            ? new AlertRef(source, fingerprint)
            : null;

    private async Task<JsonElement?> AlertAsync(AlertRef? alert, CancellationToken cancel) =>
        alert is not null && await alerts.FindAsync(alert.Source, alert.Fingerprint, cancel) is { } row ? RunAlert.Of(row) : null;

    private static List<FieldProblem> Fields(IEnumerable<InputProblem> problems) =>
        [.. problems.Select(problem => new FieldProblem(problem.Field, problem.Value, problem.Fix))];

    private string Missing(string runbook)
    {
        if (shelf.Broken(runbook) is { } broken)
            return broken;
        var names = shelf.All.Where(one => one.Definition is not null).Select(one => one.Definition!.Name);
        return $"There is no runbook '{runbook}'. There are: {string.Join(", ", names)}.";
    }
}
