using Bot.Access;
using Bot.Incidents;
using Bot.Paging;
using Bot.Storage;

namespace Bot.Effects;

/// <summary>Who is being called now: the calls that wait in the outbox, of incidents that still want them.</summary>
internal sealed class OpenCalls(EffectTable effects, IncidentTable incidents)
{
    // A storm of incidents calls the same few people: they need the first ones, not all.
    private const int Most = 500;

    public async Task<IReadOnlyList<OpenCall>> OfIncidentAsync(int incident, CancellationToken cancel) =>
        await ReadAsync(Calls.KeyOf(Log.StreamId.Incident(incident).Value), cancel);

    public async Task<IReadOnlyList<OpenCall>> AllAsync(CancellationToken cancel) => await ReadAsync("page/", cancel);

    /// <summary>The calls that are for somebody: by name, by a group, or by the role.</summary>
    public async Task<IReadOnlyList<OpenCall>> ForAsync(Caller caller, CancellationToken cancel) =>
        [.. (await AllAsync(cancel)).Where(call => caller.IsCalled(call.Target))];

    private async Task<IReadOnlyList<OpenCall>> ReadAsync(string keys, CancellationToken cancel)
    {
        var calls = new List<OpenCall>();
        var known = new Dictionary<int, Incident?>();
        foreach (var effect in await effects.PendingAsync(PageEffect.Kind, keys, Most, cancel))
        {
            var page = effect.Read<PageEffect>();
            if (!known.TryGetValue(page.Incident, out var incident))
                known[page.Incident] = incident = await incidents.FindAsync(page.Incident, cancel);
            if (incident is null || Calls.Over(incident, page) is not null)
                continue;
            var limit = page.Asked ? 1 : incident.Policy.Level(page.Level)?.Attempts ?? 0;
            calls.Add(new OpenCall(incident, page.Target, page.Attempt - 1, limit, effect.Due, effect.Outcome));
        }

        return calls;
    }
}

/// <param name="Made">Calls made so far; 0 while the first is on its way.</param>
/// <param name="Limit">Calls that the route foresees for this target.</param>
/// <param name="Due">When the next call goes out; once <paramref name="Made"/> has reached the limit, when the next level begins.</param>
/// <param name="Trouble">Why the last try failed, where it did.</param>
internal sealed record OpenCall(Incident Incident, PageTarget Target, int Made, int Limit, DateTimeOffset Due, string? Trouble)
{
    public bool IsLast => Made >= Limit;
}
