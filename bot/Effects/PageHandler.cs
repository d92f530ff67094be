using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Effects;

/// <summary>Calls one target, records what came of it, and orders the next call until somebody acknowledges.</summary>
internal sealed class PageHandler(
    IEnumerable<IPager> pagers,
    AckKeyTable keys,
    PostTable posts,
    IDesk desk,
    TimeProvider time,
    IConfiguration configuration
) : IEffectHandler
{
    private const int MaxTries = 6;

    public string Kind => PageEffect.Kind;

    public async Task<EffectResult> RunAsync(EffectRow effect, CancellationToken cancel)
    {
        var page = effect.Read<PageEffect>();
        if (await desk.SubmitAsync(new FindIncidentWork(page.Incident), cancel) is not { } incident)
            return new EffectResult.Dead($"There is no incident inc-{page.Incident}.");
        if (Calls.Over(incident, page) is { } over)
            return new EffectResult.Done($"Not called: {over}.");
        // One more than the route foresees: it comes a pause after the last call, and asks for the next level.
        if (!page.Asked && page.Attempt > (incident.Policy.Level(page.Level)?.Attempts ?? 0))
        {
            await desk.SubmitAsync(new ExhaustedWork(page) { Key = new IdempotencyKey("effects", effect.Id, effect.Id) }, cancel);
            return new EffectResult.Done($"{page.Target} was called {page.Attempt - 1} times; nobody acknowledged.");
        }

        var pager = pagers
            .OrderBy(candidate => candidate.IsLastResort)
            .FirstOrDefault(candidate => candidate.CanReach(page.Target.Kind, page.Target.Name));
        if (pager is null)
        {
            const string why = "no pager reaches it; for webhook:NAME set Paging:Webhooks:NAME:Url";
            await RecordAsync(effect, page, new IncidentFact.PageFailed(page.Target, "none", page.Attempt, why, Final: true), cancel);
            return new EffectResult.Dead($"{page.Target}: {why}");
        }

        var links = await keys.LinksAsync(cancel);
        var address = (configuration["Web:PublicUrl"] ?? "").TrimEnd('/');
        var result = await pager.PageAsync(
            new PageRequest(
                effect.Id,
                page.Target.Kind,
                page.Target.Name,
                incident.Id,
                incident.Title,
                incident.Severity.Word(),
                page.Attempt,
                incident.DeclaredAt,
                $"{address}/incidents/{incident.Id}",
                $"{address}/ack/{links.Write(incident.Number, page.Target, time.GetUtcNow())}"
            )
            {
                MayHaveBeenSent = effect.Attempts > 1,
            },
            cancel
        );
        if (result.Delivered)
        {
            // Before it is on the log: who follows it edits what called once the call is over.
            foreach (var post in result.Posts ?? [])
                await posts.PutAsync(RowOf(pager.Name, incident, effect.Id, post), cancel);
            await RecordAsync(effect, page, new IncidentFact.PageSent(page.Target, pager.Name, page.Attempt, result.LeftOut), cancel);
            return new EffectResult.Done($"Called {page.Target} by {pager.Name}.");
        }

        var error = result.Error ?? "it did not say why";
        var final = !result.Retryable || effect.Attempts >= MaxTries;
        if (final || effect.Attempts == 1)
            await RecordAsync(effect, page, new IncidentFact.PageFailed(page.Target, pager.Name, page.Attempt, error, final), cancel);
        return final ? new EffectResult.Dead($"{page.Target} by {pager.Name}: {error}") : new EffectResult.Retry(result.RetryAfter, error);
    }

    private PostRow RowOf(string platform, Incident incident, string call, PagePost post)
    {
        var until = incident.AwaitsAcknowledgement ? PostRow.CallUntilAnswered : PostRow.CallUntilOver;
        return new(platform, incident.Number, $"{until}{call}/{post.Room}", PostRow.Sent, post.Message, "", 0, time.GetUtcNow(), null);
    }

    private Task<bool> RecordAsync(EffectRow effect, PageEffect page, IncidentFact fact, CancellationToken cancel)
    {
        var ended = fact is not IncidentFact.PageFailed { Final: false };
        // The effect may be carried out twice; its end is recorded, and the next call ordered, once.
        var key = new IdempotencyKey("effects", $"{effect.Id}/{(ended ? "end" : "trouble")}", effect.Id);
        return desk.SubmitAsync(new PageWork(page, fact, ended, time.GetUtcNow()) { Key = key }, cancel);
    }

    private sealed class PageWork(PageEffect page, IncidentFact fact, bool ended, DateTimeOffset now) : DeskWork<bool>
    {
        public override bool Decide(IDraft draft)
        {
            if (draft.Incident(page.Incident) is not { } incident)
                return false;
            var stream = StreamId.Incident(page.Incident);
            draft.Append(stream, fact, Actor.System);
            if (!ended || page.Asked || Calls.Over(incident, page) is not null || incident.Policy.Level(page.Level) is not { } level)
                return false;
            draft.Emit(Calls.EffectOf(incident, page with { Attempt = page.Attempt + 1 }, now + level.Every));
            var after = draft.Incident(page.Incident)!;
            if (
                fact is IncidentFact.PageFailed
                && Calls.NobodyReachable(after, page.Level)
                && after.Policy.Level(page.Level + 1) is not null
            )
            {
                foreach (var next in Calls.Exhausted(after, page.Level, "nobody of those called so far can be reached"))
                    draft.Append(stream, next, Actor.System);
            }

            return true;
        }
    }

    private sealed class ExhaustedWork(PageEffect page) : DeskWork<bool>
    {
        public override bool Decide(IDraft draft)
        {
            if (draft.Incident(page.Incident) is not { } incident || Calls.Over(incident, page) is not null)
                return false;
            var reason = $"nobody acknowledged after {page.Attempt - 1} calls to {page.Target}";
            foreach (var fact in Calls.Exhausted(incident, page.Level, reason))
                draft.Append(StreamId.Incident(page.Incident), fact, Actor.System);
            return true;
        }
    }
}
