using Integrations;

namespace Bot.Commands;

/// <summary>Going into a room that people made, while somebody waits for the answer.</summary>
internal static class EnteredRooms
{
    // A platform shows an error after three seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <returns>Delivered with the room's id; else why not, in words.</returns>
    public static async Task<ChatReceipt> EnterInTimeAsync(
        this IChatPlatform platform,
        string room,
        bool isPrivate,
        CancellationToken cancel
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            return await platform.EnterRoomAsync(room, isPrivate, limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new ChatReceipt(false, true, null, $"{platform.Name} does not answer. Try again in a moment.");
        }
    }
}
