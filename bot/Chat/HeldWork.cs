using System.Collections.Concurrent;
using Integrations;

namespace Bot.Chat;

/// <summary>
/// What was tried for one room and not taken, and until when each waits. One step of a room runs at a time, so nothing is locked.
/// </summary>
internal sealed class HeldWork
{
    private readonly Dictionary<(ChatOperation Operation, string What), Hold> held = [];

    /// <summary>All that waits, for those who look from outside.</summary>
    public IReadOnlyList<Hold> All => [.. held.Values.OrderBy(hold => hold.Until)];

    public DateTimeOffset Until(RoomWork work) => held.GetValueOrDefault(KeyOf(work))?.Until ?? default;

    /// <param name="why">What the platform said.</param>
    /// <param name="until">By how often it failed since it went well.</param>
    /// <returns>Until when it waits.</returns>
    public DateTimeOffset Hold(RoomWork work, string why, Func<int, DateTimeOffset> until)
    {
        var failures = (held.GetValueOrDefault(KeyOf(work))?.Failures ?? 0) + 1;
        var hold = new Hold(work.Operation, work.Slot, failures, until(failures), why);
        held[KeyOf(work)] = hold;
        return hold.Until;
    }

    public void Let(RoomWork work) => held.Remove(KeyOf(work));

    private static (ChatOperation, string) KeyOf(RoomWork work) => (work.Operation, work.HeldAs);
}

/// <summary>One thing that a platform did not take.</summary>
/// <param name="Slot">As that of <see cref="RoomWork"/>.</param>
/// <param name="Failures">Since it went well.</param>
/// <param name="Until">When it is tried again.</param>
internal sealed record Hold(ChatOperation Operation, string Slot, int Failures, DateTimeOffset Until, string Why);

/// <summary>What is held up in all rooms of this node, for the health page. Not on disk: after a start all is tried at once.</summary>
internal sealed class HeldBoard
{
    private readonly ConcurrentDictionary<(string Platform, int Incident), IReadOnlyList<Hold>> rooms = new();

    public void Show(string platform, int incident, IReadOnlyList<Hold> holds)
    {
        if (holds.Count > 0)
            rooms[(platform, incident)] = holds;
        else
            rooms.TryRemove((platform, incident), out _);
    }

    /// <summary>This node does not bring a platform up to date any more.</summary>
    public void Clear(string platform)
    {
        foreach (var room in rooms.Keys.Where(room => room.Platform == platform))
            rooms.TryRemove(room, out _);
    }

    /// <summary>What waits now; what is due is being tried.</summary>
    public IReadOnlyList<(string Platform, int Incident, Hold Hold)> At(DateTimeOffset now) =>
        [
            .. rooms.SelectMany(room =>
                room.Value.Where(hold => hold.Until > now).Select(hold => (room.Key.Platform, room.Key.Incident, hold))
            ),
        ];
}
