using Integrations;

namespace Bot.Chat;

/// <summary>
/// What was tried for one room and not taken, and until when each waits. One step of a room runs at a time, so nothing is locked.
/// </summary>
internal sealed class HeldWork
{
    private readonly Dictionary<(ChatOperation Operation, string What), (int Failures, DateTimeOffset Until)> held = [];

    public DateTimeOffset Until(RoomWork work) => held.GetValueOrDefault(KeyOf(work)).Until;

    /// <param name="until">By how often it failed since it went well.</param>
    /// <returns>Until when it waits.</returns>
    public DateTimeOffset Hold(RoomWork work, Func<int, DateTimeOffset> until)
    {
        var failures = held.GetValueOrDefault(KeyOf(work)).Failures + 1;
        var end = until(failures);
        held[KeyOf(work)] = (failures, end);
        return end;
    }

    public void Let(RoomWork work) => held.Remove(KeyOf(work));

    private static (ChatOperation, string) KeyOf(RoomWork work) => (work.Operation, work.HeldAs);
}
