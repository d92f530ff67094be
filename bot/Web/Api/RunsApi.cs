using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bot.Access;
using Bot.Desk;
using Bot.Log;
using Bot.Runs;
using Bot.Storage;
using Bot.Web.Security;
using Integrations;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Web.Api;

/// <summary><c>/api/v1/runs</c></summary>
internal static class RunsApi
{
    // Seconds; proxies cut what is silent for longer.
    private const int LongestWait = 55;

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/runs", ListAsync).Produces<Listing<RunSummary>>().WithSummary("Runs, newest first");
        api.MapGet("/runs/{id}", GetAsync)
            .Produces<RunAnswer>()
            .ProducesProblem(404)
            .WithSummary("One run: steps, attempts, what it waits for; ?step= only this one step, its outputs whole");
        OutputApi.Map(api);
        ArtifactsApi.Map(api);
        api.MapPost("/runs", StartAsync)
            .Produces<RunAnswer>(201)
            .ProducesProblem(400)
            .RequireAuthorization(Door.Responder)
            .WithSummary("Start a run; ?plan=true only plans it; Prefer: wait=30 answers when it is over, or after 30 s");
        api.MapPost("/runs/{id}/decisions", DecideAsync)
            .Produces<DecisionAnswer>()
            .ProducesProblem(400)
            .ProducesProblem(404)
            .RequireAuthorization(Door.Responder)
            .WithSummary("Decide on a waiting step, or stop the run");
    }

    private static async Task<IResult> ListAsync(
        HttpContext context,
        RunTable runs,
        Visibility visibility,
        string? incident,
        string? state,
        string? after,
        int? limit,
        CancellationToken cancel
    )
    {
        var query = new RunQuery(Before: after, Limit: Limits.Of(limit));
        if (incident is not null)
        {
            if (StreamId.IncidentNumber(incident) is not { } number)
                return Problems.Invalid(new InvalidField("incident", incident, "Use an id as inc-42."));
            query = query with { Incident = number };
        }

        if (state is "open" or "over")
            query = query with { Over = state is "over" };
        else if (state is not null)
            return Problems.Invalid(new InvalidField("state", state, "Use open or over."));

        var seen = await visibility.PageAsync<RunRow>(
            context.Caller(),
            query.Limit,
            last => runs.ListAsync(last is null ? query : query with { Before = last.Id }, cancel),
            row => row.Incident,
            cancel
        );
        return Results.Ok(Listing.Of(seen, RunSummary.Of, row => row.Id));
    }

    /// <returns>Null where it is not there or not for the caller to see.</returns>
    public static async Task<RunState?> FindAsync(
        RunTable runs,
        Visibility visibility,
        Caller caller,
        string id,
        CancellationToken cancel
    ) =>
        StreamId.Run(id).IsRun && await runs.FindAsync(id, cancel) is { } run && await visibility.MaySeeAsync(caller, run.Incident, cancel)
            ? run
            : null;

    private static async Task<IResult> GetAsync(
        HttpContext context,
        RunTable runs,
        Definitions definitions,
        ArtifactTable artifacts,
        Visibility visibility,
        string id,
        string? step,
        CancellationToken cancel
    )
    {
        if (await FindAsync(runs, visibility, context.Caller(), id, cancel) is not { } run)
            return Problems.NotFound("run " + id);
        return step is null || run.Steps.ContainsKey(step)
            ? Results.Ok(await AnswerAsync(definitions, artifacts, run, cancel, step))
            : Problems.NotFound($"step {step} of run {id}");
    }

    private static async Task<RunAnswer> AnswerAsync(
        Definitions definitions,
        ArtifactTable artifacts,
        RunState run,
        CancellationToken cancel,
        string? step = null
    ) => RunAnswer.Of(run, await definitions.FindAsync(run, cancel), definitions.Whole, await artifacts.OfRunAsync(run, cancel), step);

    private static async Task<IResult> StartAsync(
        HttpContext context,
        IRunDesk desk,
        RunTable runs,
        Definitions definitions,
        ArtifactTable artifacts,
        Visibility visibility,
        StartRequest request,
        bool? plan,
        CancellationToken cancel
    )
    {
        if (string.IsNullOrWhiteSpace(request.Runbook))
            return Problems.Invalid(new InvalidField("runbook", request.Runbook, "Name a runbook of the shelf."));
        if (request.Inputs is { } sent)
            request = request with { Inputs = Values.Writable(sent) };
        if (request.Inputs is { ValueKind: not (JsonValueKind.Object or JsonValueKind.Null) })
            return Problems.Invalid(new InvalidField("inputs", request.Inputs.ToString(), "Use an object: input name to value."));
        var caller = context.Caller();
        int? number = null;
        if (request.Incident is not null)
        {
            if (await visibility.FindAsync(caller, request.Incident, cancel) is not { } incident)
                return Problems.Invalid(
                    new InvalidField("incident", request.Incident, "Use the id of an incident that you see, as inc-42.")
                );
            number = incident.Number;
        }

        var inputs = request.Inputs is { ValueKind: JsonValueKind.Object } given ? given : JsonElement.Parse("{}");
        if (plan is true)
        {
            var planned = await desk.PlanAsync(request.Runbook, inputs, number, caller, cancel);
            return planned.Problems.Count > 0 ? Problems.Invalid(Fields(planned.Problems)) : Results.Ok(planned);
        }

        var key = context.Request.IdempotencyKey(caller, () => JsonSerializer.Serialize(request, ApiJson.Options));
        var start = await desk.StartAsync(request.Runbook, inputs, number, null, caller, key, proposed: false, cancel);
        switch (start)
        {
            case RunStart.Started started:
                var run = await EndAsync(desk, started.Run, Waits(context.Request), cancel) ?? await runs.FindAsync(started.Run, cancel);
                return Results.Created("/api/v1/runs/" + started.Run, await AnswerAsync(definitions, artifacts, run!, cancel));
            case RunStart.NoSuchRunbook none:
                return Problems.Invalid(new InvalidField("runbook", request.Runbook, none.Sentence));
            case RunStart.NotAllowed not:
                return Problems.Of(403, "Not allowed", not.Sentence);
            case RunStart.Invalid invalid:
                return Problems.Invalid(Fields(invalid.Problems));
            default:
                throw new InvalidOperationException($"No answer for {start.GetType().Name}.");
        }
    }

    // RFC 7240, section 4.3: seconds that the caller would wait for the end of what it asked for.
    private static TimeSpan Waits(HttpRequest request)
    {
        foreach (var preference in request.Headers.GetCommaSeparatedValues("Prefer"))
        {
            if (
                preference.StartsWith("wait=", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(preference.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            )
                return TimeSpan.FromSeconds(Math.Min(seconds, LongestWait));
        }

        return TimeSpan.Zero;
    }

    private static async Task<RunState?> EndAsync(IRunDesk desk, string run, TimeSpan wait, CancellationToken cancel)
    {
        if (wait == TimeSpan.Zero)
            return null;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(wait);
        try
        {
            return await desk.UntilOverAsync(run, patience.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task<IResult> DecideAsync(
        HttpContext context,
        IRunDesk desk,
        RunTable runs,
        Visibility visibility,
        string id,
        DecisionRequest request,
        CancellationToken cancel
    )
    {
        if (Decision(request.Decision) is not { } decision)
        {
            return Problems.Invalid(
                new InvalidField(
                    "decision",
                    request.Decision,
                    "Use one of: " + string.Join(", ", Enum.GetValues<RunDecision>().Select(Words.Of))
                )
            );
        }

        if (
            string.IsNullOrEmpty(request.Step)
            && decision is not (RunDecision.Stop or RunDecision.StopAndUndo or RunDecision.Release or RunDecision.ChangeInputs)
        )
            return Problems.Invalid(new InvalidField("step", request.Step, "Name the step that waits."));
        var caller = context.Caller();
        if (await FindAsync(runs, visibility, caller, id, cancel) is null)
            return Problems.NotFound("run " + id);
        if (request.Answers is { } sent)
            request = request with { Answers = Values.Writable(sent) };
        var made = new DecisionMade(
            request.Step ?? "",
            decision,
            "",
            request.Hash,
            request.Reason,
            request.Answers,
            request.BreakGlass ?? false
        );
        var key = context.Request.IdempotencyKey(caller, () => JsonSerializer.Serialize(request, ApiJson.Options));
        var reply =
            decision is RunDecision.Stop && made is { Step: "", Hash: null }
                ? await desk.CancelAsync(id, request.Reason ?? "stopped", caller, key, cancel)
                : await desk.DecideAsync(id, made, caller, key, cancel);
        return reply.Accepted ? Results.Ok(new DecisionAnswer(true, reply.Text)) : Problems.Refused(reply.Text);
    }

    public static RunDecision? Decision(string? word) =>
        Enum.GetValues<RunDecision>().Where(known => Words.Of(known) == word).Select(known => (RunDecision?)known).FirstOrDefault();

    private static List<InvalidField> Fields(IEnumerable<FieldProblem> problems) =>
        [.. problems.Select(problem => new InvalidField(problem.Field, problem.Value, problem.Fix))];

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    internal sealed record StartRequest(string? Runbook, JsonElement? Inputs, string? Incident);

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    internal sealed record DecisionRequest(
        string? Step,
        string? Decision,
        string? Hash,
        string? Reason,
        JsonElement? Answers,
        bool? BreakGlass
    );

    internal sealed record DecisionAnswer(bool Accepted, string Reply);
}

internal sealed record RunSummary(
    string Id,
    string Runbook,
    string Hash,
    RunPhase State,
    string? Incident,
    string Node,
    string StartedBy,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt
)
{
    public static RunSummary Of(RunRow row) =>
        new(
            row.Id,
            row.Runbook,
            row.Hash,
            row.Phase,
            row.Incident is { } number ? StreamId.Incident(number).Value : null,
            row.Node,
            row.StartedBy,
            row.StartedAt,
            row.EndedAt
        );
}

internal sealed record RunAnswer(
    string Id,
    string Runbook,
    string Hash,
    RunPhase State,
    string? Incident,
    JsonElement Inputs,
    string StartedBy,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    string? Because,
    RunProgress Progress,
    IReadOnlyList<RunAnswer.StepAnswer> Steps,
    IReadOnlyList<RunAnswer.WaitAnswer> WaitingFor,
    JsonElement? Outputs,
    IReadOnlyList<string> LeftBehind,
    IReadOnlyList<ArtifactAnswer> Artifacts
)
{
    /// <param name="books">Null where this version cannot read them; then nothing can be decided either.</param>
    /// <param name="kept">Artifacts that are there, by hash.</param>
    /// <param name="step">Only this one of the steps; null: all of them.</param>
    public static RunAnswer Of(
        RunState run,
        RunbookSet? books,
        WholeCalls whole,
        IReadOnlyDictionary<string, long> kept,
        string? step = null
    )
    {
        var lines = RunOutline.Of(books?.Root, run).Where(line => line.State is not null && (step is null || line.Path == step)).ToList();
        var apart = ShownResults.Apart(lines);
        return new(
            run.Id,
            run.Runbook,
            run.Hash,
            run.Phase,
            run.Incident is { } number ? StreamId.Incident(number).Value : null,
            run.Inputs,
            run.StartedBy,
            run.StartedAt,
            run.EndedAt,
            run.Because,
            RunProgress.Of(books?.Root, run),
            [
                .. lines.Select(line =>
                    StepAnswer.Of(
                        line.Path,
                        line.State!,
                        apart.Contains(line.Path) ? $"/api/v1/runs/{run.Id}?{ShownResults.QueryOf(line.Path)}" : null
                    )
                ),
            ],
            [
                .. run.WaitingFor.Select(waiting => new WaitAnswer(
                    waiting.Step,
                    waiting.Wait.Kind,
                    waiting.Wait.Hash,
                    waiting.Wait.From,
                    waiting.Wait.Until,
                    waiting.Wait.Text,
                    waiting.Wait.Evidence,
                    books is null ? [] : DecisionRule.Choices(books, run, waiting.Step),
                    whole.Asked(books, run, waiting.Step)
                )),
            ],
            run.Outputs,
            run.LeftBehind,
            ArtifactAnswer.Of(run, kept)
        );
    }

    /// <param name="OutputsAt">Where the outputs are, if they are too much to stand here; then a text stands here that tells so.</param>
    internal sealed record StepAnswer(
        string Id,
        StepOutcome Outcome,
        string? Because,
        IReadOnlyList<AttemptAnswer> Attempts,
        JsonElement? Outputs,
        string? OutputsAt
    )
    {
        public static StepAnswer Of(string path, StepState step, string? at) =>
            new(
                path,
                step.Outcome,
                step.Because,
                [
                    .. step.Attempts.Select(attempt => new AttemptAnswer(
                        attempt.Number,
                        attempt.StartedAt,
                        attempt.EndedAt,
                        attempt.Outcome ?? StepOutcome.Running,
                        attempt.Class,
                        attempt.Node,
                        attempt.Because,
                        attempt.Lost
                    )),
                ],
                at is null
                    ? step.Outputs
                    : JsonSerializer.SerializeToElement(
                        $"… ({StepOutput.About(step.OutputsSize)}, too much for all steps at once: GET {at})"
                    ),
                at
            );
    }

    internal sealed record AttemptAnswer(
        int Number,
        DateTimeOffset StartedAt,
        DateTimeOffset? EndedAt,
        StepOutcome Outcome,
        FailureClass? Class,
        string Node,
        string? Because,
        bool Lost
    );

    /// <param name="Text">In one line, which may be cut.</param>
    /// <param name="Does">All of what it asks about: what is done once it is approved, or what may have happened.</param>
    internal sealed record WaitAnswer(
        string Step,
        WaitKind Kind,
        string? Hash,
        IReadOnlyList<string> From,
        DateTimeOffset? ExpiresAt,
        string Text,
        JsonElement? Evidence,
        IReadOnlyList<RunDecision> Decisions,
        IReadOnlyList<WholeCall> Does
    );
}
