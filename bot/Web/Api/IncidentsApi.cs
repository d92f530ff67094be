using System.Text.Json;
using System.Text.Json.Serialization;
using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Postmortems;
using Bot.Storage;
using Bot.Timeline;
using Bot.Web.Security;

namespace Bot.Web.Api;

/// <summary><c>/api/v1/incidents</c></summary>
internal static class IncidentsApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/incidents", ListAsync).Produces<Listing<IncidentAnswer>>().WithSummary("Incidents, newest first");
        api.MapGet("/incidents/{id}", GetAsync).Produces<IncidentAnswer>().ProducesProblem(404).WithSummary("One incident");
        api.MapGet("/incidents/{id}/timeline", TimelineAsync)
            .Produces<Listing<TimelineAnswer>>()
            .ProducesProblem(404)
            .WithSummary("Everything on the log about the incident and its runs, by position");
        api.MapGet("/incidents/{id}/timeline/verify", VerifyAsync)
            .Produces<Listing<ChainVerdict>>()
            .ProducesProblem(404)
            .WithSummary("Recompute the hash chains of the incident and its runs");
        api.MapGet("/incidents/{id}/postmortem", PostmortemAsync)
            .Produces<string>(200, "text/markdown")
            .ProducesProblem(404)
            .WithSummary("The draft of the postmortem, in Markdown");
        api.MapPost("/incidents", DeclareAsync)
            .Produces<IncidentAnswer>(201)
            .ProducesProblem(400)
            .RequireAuthorization(Door.Responder)
            .WithSummary("Declare an incident");
    }

    private static async Task<IResult> ListAsync(
        HttpContext context,
        Visibility incidents,
        string? state,
        string? after,
        int? limit,
        CancellationToken cancel
    )
    {
        var query = new IncidentQuery(Limit: Limits.Of(limit));
        if (state is "open" or "over")
            query = query with { Open = state is "open" };
        else if (Enum.TryParse<IncidentState>(state, ignoreCase: true, out var word) && !int.TryParse(state, out _))
            query = query with { State = word };
        else if (state is not null)
        {
            return Problems.Invalid(
                new InvalidField(
                    "state",
                    state,
                    "Use open, or one of: " + string.Join(", ", Enum.GetValues<IncidentState>().Select(s => s.Word()))
                )
            );
        }

        if (after is not null)
        {
            if (StreamId.IncidentNumber(after) is not { } before)
                return Problems.Invalid(new InvalidField("after", after, "Use the value of next of the page before."));
            query = query with { Before = before };
        }

        return Results.Ok(Listing.Of(await incidents.ListAsync(context.Caller(), query, cancel), IncidentAnswer.Of, row => row.Id));
    }

    private static async Task<IResult> GetAsync(HttpContext context, Visibility incidents, string id, CancellationToken cancel) =>
        await incidents.FindAsync(context.Caller(), id, cancel) is { } incident
            ? Results.Ok(IncidentAnswer.Of(incident))
            : Problems.NotFound("incident " + id);

    private static async Task<IResult> TimelineAsync(
        HttpContext context,
        Visibility incidents,
        TimelineReader timeline,
        string id,
        long? after,
        int? limit,
        CancellationToken cancel
    )
    {
        if (await incidents.FindAsync(context.Caller(), id, cancel) is not { } incident)
            return Problems.NotFound("incident " + id);
        var most = Limits.Of(limit);
        var entries = await timeline.ReadAsync(incident.Number, after ?? 0, most, cancel);
        return Results.Ok(
            new Listing<TimelineAnswer>(
                [
                    .. entries.Select(entry => new TimelineAnswer(
                        entry.Position,
                        entry.Type,
                        entry.HappenedAt,
                        entry.RecordedAt,
                        entry.Actor,
                        entry.Text,
                        entry.Data,
                        entry.Hash
                    )),
                ],
                entries.Count == most ? entries[^1].Position.ToString() : null
            )
        );
    }

    private static async Task<IResult> VerifyAsync(
        HttpContext context,
        Visibility incidents,
        ChainCheck check,
        string id,
        CancellationToken cancel
    ) =>
        await incidents.FindAsync(context.Caller(), id, cancel) is { } incident
            ? Results.Ok(new Listing<ChainVerdict>(await check.OfIncidentAsync(incident.Number, cancel), null))
            : Problems.NotFound("incident " + id);

    private static async Task<IResult> PostmortemAsync(
        HttpContext context,
        Visibility incidents,
        PostmortemWriter writer,
        string id,
        CancellationToken cancel
    ) =>
        await incidents.FindAsync(context.Caller(), id, cancel) is { } incident
        && await writer.DraftAsync(incident.Number, cancel) is { } draft
            ? Results.Text(draft, "text/markdown; charset=utf-8")
            : Problems.NotFound("incident " + id);

    private static async Task<IResult> DeclareAsync(
        HttpContext context,
        IDesk desk,
        IncidentTable incidents,
        TimeProvider time,
        DeclareRequest request,
        CancellationToken cancel
    )
    {
        var problems = new List<InvalidField>();
        var title = request.Title?.Trim() ?? "";
        if (title.Length is 0 or > 200)
            problems.Add(new InvalidField("title", request.Title, "Say in 1 to 200 characters what is wrong."));
        var severity = request.Severity is null ? Severity.Unset : IncidentWords.SeverityFrom(request.Severity);
        if (severity is null)
            problems.Add(new InvalidField("severity", request.Severity, "Use sev1, sev2, sev3, sev4 or unset."));
        if (!Enum.TryParse<IncidentKind>(request.Kind ?? "real", ignoreCase: true, out var kind) || int.TryParse(request.Kind, out _))
            problems.Add(new InvalidField("kind", request.Kind, "Use real, drill or retrospective."));
        if (problems.Count > 0)
            return Problems.Invalid(problems);

        var caller = context.Caller();
        var declaration = new Declaration(
            title,
            severity!.Value,
            kind,
            string.IsNullOrWhiteSpace(request.Service) ? null : request.Service.Trim(),
            request.Private ?? false,
            time.GetUtcNow(),
            IncidentPolicy.ByHand,
            null
        );
        var work = new DeclareWork(declaration, caller.Actor)
        {
            Key = context.Request.IdempotencyKey(caller, () => JsonSerializer.Serialize(request, ApiJson.Options)),
        };
        var (number, decision) = await desk.SubmitAsync(work, cancel);
        if (decision is Decision.Rejected rejected)
            return Problems.Refused(rejected.Why.Sentence);
        var declared = await incidents.FindAsync(number, cancel);
        return Results.Created("/api/v1/incidents/" + StreamId.Incident(number), IncidentAnswer.Of(declared!));
    }

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    internal sealed record DeclareRequest(string? Title, string? Severity, string? Kind, string? Service, bool? Private);
}

internal sealed record IncidentAnswer(
    string Id,
    int Number,
    string Title,
    IncidentState State,
    Severity Severity,
    IncidentKind Kind,
    string? Service,
    bool Private,
    string? Commander,
    IReadOnlyDictionary<string, string> Roles,
    DateTimeOffset ImpactStartedAt,
    DateTimeOffset DeclaredAt,
    DateTimeOffset? AcknowledgedAt,
    string? AcknowledgedBy,
    DateTimeOffset? MitigatedAt,
    DateTimeOffset? ResolvedAt,
    DateTimeOffset? ClosedAt,
    DateTimeOffset? LastUpdateAt,
    int Alerts,
    int Firing,
    IReadOnlyList<string> Runs,
    IReadOnlyList<IncidentTask> Tasks,
    int Flaps,
    string? MergedInto,
    long Version
)
{
    public static IncidentAnswer Of(Incident incident) =>
        new(
            incident.Id,
            incident.Number,
            incident.Title,
            incident.State,
            incident.Severity,
            incident.Kind,
            incident.Service,
            incident.Private,
            incident.Commander,
            incident.Roles.ToDictionary(role => role.Key.Word(), role => role.Value),
            incident.ImpactStartedAt,
            incident.DeclaredAt,
            incident.AcknowledgedAt,
            incident.AcknowledgedBy,
            incident.MitigatedAt,
            incident.ResolvedAt,
            incident.ClosedAt,
            incident.LastUpdateAt,
            incident.Alerts,
            incident.Firing,
            incident.Runs,
            incident.Tasks,
            incident.Flaps,
            incident.MergedInto is { } into ? StreamId.Incident(into).Value : null,
            incident.Version
        );
}

internal sealed record TimelineAnswer(
    long Position,
    string Type,
    DateTimeOffset HappenedAt,
    DateTimeOffset RecordedAt,
    string Actor,
    string Text,
    JsonElement Data,
    string Hash
);
