using Bot.Access;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;

namespace Bot.Desk;

/// <summary>
/// The one place that every door asks before it shows or changes something of an incident: what <see cref="Sight"/> hides is
/// not found, is in no list, and is not on the stream.
/// </summary>
internal sealed class Visibility(IncidentTable incidents)
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, bool> privacy = [];

    public async Task<Incident?> FindAsync(Caller caller, int number, CancellationToken cancel) =>
        await incidents.FindAsync(number, cancel) is { } incident && caller.Sees(incident) ? incident : null;

    public Task<Incident?> FindAsync(Caller caller, string id, CancellationToken cancel) =>
        StreamId.IncidentNumber(id) is { } number ? FindAsync(caller, number, cancel) : Task.FromResult<Incident?>(null);

    /// <summary>Newest first.</summary>
    public async Task<Seen<Incident>> ListAsync(Caller caller, IncidentQuery query, CancellationToken cancel)
    {
        if (!caller.May(Role.Viewer))
            return new Seen<Incident>([], false);
        return await PageAsync<Incident>(
            query.Limit,
            last => incidents.ListAsync(last is null ? query : query with { Before = last.Number }, cancel),
            incident => Task.FromResult(caller.Sees(incident))
        );
    }

    /// <param name="number">The incident that something belongs to; null for what belongs to none.</param>
    public async Task<bool> MaySeeAsync(Caller caller, int? number, CancellationToken cancel)
    {
        if (number is not { } known || caller.May(Role.Admin) || !await IsPrivateAsync(known, cancel))
            return caller.May(Role.Viewer);
        return await FindAsync(caller, known, cancel) is not null;
    }

    /// <summary>A page of what the caller may see of rows that belong to incidents.</summary>
    /// <param name="after">Reads rows past a row; past none at first. As many as the limit, if there are.</param>
    public Task<Seen<T>> PageAsync<T>(
        Caller caller,
        int limit,
        Func<T?, Task<IReadOnlyList<T>>> after,
        Func<T, int?> incident,
        CancellationToken cancel
    )
        where T : class => PageAsync(limit, after, row => MaySeeAsync(caller, incident(row), cancel));

    /// <summary>Filled up past what is hidden: neither a short page nor its cursor tells that there is something to hide.</summary>
    public static async Task<Seen<T>> PageAsync<T>(int limit, Func<T?, Task<IReadOnlyList<T>>> after, Func<T, Task<bool>> sees)
        where T : class
    {
        var seen = new List<T>();
        T? last = null;
        while (true)
        {
            var rows = await after(last);
            foreach (var row in rows)
            {
                if (!await sees(row))
                    continue;
                seen.Add(row);
                if (seen.Count == limit)
                    return new Seen<T>(seen, true);
            }

            if (rows.Count < limit)
                return new Seen<T>(seen, false);
            last = rows[^1];
        }
    }

    // Privacy is decided at declaration and never changes, so it is kept; bounded, since incidents are not.
    private async Task<bool> IsPrivateAsync(int number, CancellationToken cancel)
    {
        lock (gate)
        {
            if (privacy.TryGetValue(number, out var known))
                return known;
        }

        // Not (yet) to be read: taken as private, and asked again next time.
        if (await incidents.FindAsync(number, cancel) is not { } incident)
            return true;
        lock (gate)
        {
            if (privacy.Count >= 50_000)
                privacy.Clear();
            return privacy[number] = incident.Private;
        }
    }
}

/// <param name="More">There may be more past the last item.</param>
internal sealed record Seen<T>(IReadOnlyList<T> Items, bool More);
