using Bot.Alerts;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Paging;
using Bot.Storage;
using Integrations;

namespace Bot.Effects;

/// <summary>Calls one target, records what came of it, and orders the next call until somebody acknowledges.</summary>
internal sealed class PageHandler(
    IEnumerable<IPager> pagers,
    AckKeyTable keys,
    PostTable posts,
    AlertTable alerts,
    IStrangers strangers,
    IDesk desk,
    EffectOptions options,
    TimeProvider time,
    IConfiguration configuration
) : IEffectHandler
{
    // About a minute: a chat that hiccups is back by then; one that is down for longer keeps nobody from being called by the next level.
    private const int MostRouted = 8;

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

        var who = page.Target;
        FoundStranger? stranger = null;
        if (who.Kind is "user" && PagerOf(who) is not { IsLastResort: false })
        {
            stranger = await strangers.FindAsync(who.Name, cancel);
            who = who with { Name = stranger.Name ?? who.Name };
        }

        if (PagerOf(who) is not { } pager)
        {
            var why = stranger?.Why is { } unknown ? $"{unknown}; {Unreachable(page.Target)}" : Unreachable(page.Target);
            var failed = new PageResult(false, stranger is { Retryable: true }, why);
            return await FailedAsync(effect, page, IncidentFact.PageFailed.NoPager, failed, cancel);
        }

        var links = await keys.LinksAsync(cancel);
        var address = (configuration["Web:PublicUrl"] ?? "").TrimEnd('/');
        var result = await pager.PageAsync(
            new PageRequest(
                effect.Id,
                who.Kind,
                who.Name,
                incident.Id,
                incident.Title,
                incident.Severity.Word(),
                page.Attempt,
                incident.DeclaredAt,
                $"{address}/incidents/{incident.Id}",
                $"{address}/ack/{links.Write(incident.Number, page.Target, time.GetUtcNow())}"
            )
            {
                Reason = page.Reason,
                Alert =
                    incident.Alerts > 0 && await alerts.OfIncidentAsync(incident.Number, 1, cancel) is [var alert]
                        ? AlertWords.Of(alert.Labels, alert.Annotations, alert.GeneratorUrl).InShort
                        : null,
                IsPrivate = incident.Private,
                MayHaveBeenSent = effect.Attempts > 1,
            },
            cancel
        );
        if (result.Delivered)
        {
            // Before it is on the log: who follows it edits what called once the call is over.
            foreach (var post in result.Posts ?? [])
                await posts.PutAsync(RowOf(pager.Name, incident, effect.Id, post), cancel);
            // Who is called in the console alone has to know of it by chance: why is said once.
            var left = result.LeftOut ?? (page.Attempt == 1 ? stranger?.Why : null);
            await RecordAsync(effect, page, new IncidentFact.PageSent(page.Target, pager.Name, page.Attempt, left), cancel);
            return new EffectResult.Done($"Called {page.Target} by {pager.Name}.");
        }

        return await FailedAsync(effect, page, pager.Name, result, cancel);
    }

    private IPager? PagerOf(PageTarget target) =>
        pagers.OrderBy(candidate => candidate.IsLastResort).FirstOrDefault(candidate => candidate.CanReach(target.Kind, target.Name));

    private async Task<EffectResult> FailedAsync(
        EffectRow effect,
        PageEffect page,
        string pager,
        PageResult result,
        CancellationToken cancel
    )
    {
        var error = result.Error ?? "it did not say why";
        // Whom a person asked for is called by nothing else: it is tried for as long as the outbox tries.
        var final = !result.Retryable || effect.Attempts >= (page.Asked ? options.MaxAttempts : MostRouted);
        if (final || effect.Attempts == 1)
            await RecordAsync(effect, page, new IncidentFact.PageFailed(page.Target, pager, page.Attempt, error, final), cancel);
        if (!final)
            return new EffectResult.Retry(result.RetryAfter, error);
        return new EffectResult.Dead(
            pager is IncidentFact.PageFailed.NoPager ? $"{page.Target}: {error}" : $"{page.Target} by {pager}: {error}"
        );
    }

    private static string Unreachable(PageTarget target) =>
        target.Kind switch
        {
            "user" =>
                $"nobody is known by that name: `incident user invite {target.Name} --role responder`, or let them type a command in chat once",
            "group" => $"nobody is known to be in it: `incident user invite NAME --role responder --groups {target.Name}`, "
                + "or make it a user group in chat",
            "role" => $"nobody is known to have it: `incident user invite NAME --role {target.Name}`",
            _ => $"no pager reaches it: set Paging:Webhooks:{target.Name}:Url",
        };

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
