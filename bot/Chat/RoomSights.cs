using Bot.Log;
using Bot.Storage;
using Runbooks.Running;

namespace Bot.Chat;

/// <summary>Reads what is true of a room now.</summary>
internal sealed class RoomSights(
    IncidentTable incidents,
    RoomTable rooms,
    PostTable posts,
    RunTable runs,
    ILogReader log,
    FactCatalog catalog,
    TimeProvider time
)
{
    // One look at a long story after an outage; the next look goes on from there.
    private const int MostFacts = 500;

    /// <returns>Null: there is no such incident.</returns>
    public async Task<RoomSight?> ReadAsync(string platform, int number, CancellationToken cancel)
    {
        if (await incidents.FindAsync(number, cancel) is not { } incident)
            return null;
        var room =
            await rooms.FindAsync(platform, number, cancel) ?? new RoomRow(platform, number, null, 0, null, null, incident.DeclaredAt);
        var known = (await posts.OfRoomAsync(platform, number, cancel)).ToDictionary(post => post.Slot, StringComparer.Ordinal);
        var untold = (await log.OfIncidentAsync(number, room.Told, MostFacts, cancel))
            .Select(logged => (logged, catalog.TryRead(logged.Type, logged.Data, out var fact) ? fact : null))
            .ToList();
        var shown = new List<RunState>();
        foreach (var id in incident.OpenRuns.Union(known.Keys.Select(RunOf).OfType<string>()).Order(StringComparer.Ordinal))
        {
            if (await runs.FindAsync(id, cancel) is { } run)
                shown.Add(run);
        }

        return new RoomSight(incident, room, known, untold, shown, time.GetUtcNow());
    }

    private static string? RunOf(string slot) => slot.Split('/') is ["wait" or "run", var run, ..] ? run : null;
}
