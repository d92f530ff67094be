using Integrations;

namespace Bot.Chat;

/// <summary>
/// What was tried for one room and not taken, and until when each waits. One step of a room runs at a time, so nothing is locked.
/// </summary>
internal sealed class HeldWork
{
    private readonly Dictionary<(ChatOperation Operation, string Slot), (int Failures, DateTimeOffset Until)> held = [];

    public DateTimeOffset Until(RoomWork work) => held.GetValueOrDefault(KeyOf(work)).Until;

    /// <summary>How often it failed since it went well.</summary>
    public int Failures(RoomWork work) => held.GetValueOrDefault(KeyOf(work)).Failures;

    public void Hold(RoomWork work, int failures, DateTimeOffset until) => held[KeyOf(work)] = (failures, until);

    public void Let(RoomWork work) => held.Remove(KeyOf(work));

    private static (ChatOperation, string) KeyOf(RoomWork work) => (work.Operation, work.Slot);
}
