using Bot.Access;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;

namespace Bot.Web.Security;

/// <summary>
/// Who may see a private incident: administrators, who declared it, who has a role or a task in it, and who is called for it
/// (by name, group or role). For everybody else it does not exist: not in lists, not on the stream, 404 at its address.
/// </summary>
internal sealed class Visibility(IncidentTable incidents, ILogReader log)
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, bool> privacy = [];

    public async Task<Incident?> FindAsync(Caller caller, int number, CancellationToken cancel) =>
        await incidents.FindAsync(number, cancel) is { } incident && await MaySeeAsync(caller, incident, cancel) ? incident : null;

    public Task<Incident?> FindAsync(Caller caller, string id, CancellationToken cancel) =>
        StreamId.IncidentNumber(id) is { } number ? FindAsync(caller, number, cancel) : Task.FromResult<Incident?>(null);

    /// <summary>Newest first; a page may be shorter than asked for where private incidents were left out of it.</summary>
    public async Task<IReadOnlyList<Incident>> ListAsync(Caller caller, IncidentQuery query, CancellationToken cancel)
    {
        var seen = new List<Incident>();
        foreach (var incident in await incidents.ListAsync(query, cancel))
        {
            if (await MaySeeAsync(caller, incident, cancel))
                seen.Add(incident);
        }

        return seen;
    }

    public async Task<bool> MaySeeAsync(Caller caller, int? number, CancellationToken cancel)
    {
        if (number is not { } known || caller.May(Role.Admin))
            return caller.May(Role.Viewer);
        if (!await IsPrivateAsync(known, cancel))
            return caller.May(Role.Viewer);
        return await FindAsync(caller, known, cancel) is not null;
    }

    private async Task<bool> MaySeeAsync(Caller caller, Incident incident, CancellationToken cancel)
    {
        if (!caller.May(Role.Viewer))
            return false;
        if (!incident.Private || caller.May(Role.Admin))
            return true;
        var name = caller.Actor.Name;
        if (
            incident.Roles.ContainsValue(name)
            || incident.Tasks.Exists(task => task.Assignee == name)
            || incident.Policy.Page.Any(caller.IsCalled)
        )
            return true;
        var first = await log.OfIncidentAsync(incident.Number, 0, 1, cancel);
        return first is [var declared] && declared.Actor == caller.Actor;
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
