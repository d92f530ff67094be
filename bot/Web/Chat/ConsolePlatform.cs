using Integrations;

namespace Bot.Web.Chat;

/// <summary>
/// The web console as a chat platform: it shows the log itself, so its rooms are the incidents' streams and nothing has to be
/// sent. Works when every vendor is down.
/// </summary>
internal sealed class ConsolePlatform : IChatPlatform
{
    public string Name => "console";

    public bool IsOn => true;

    public bool ReadsTheLog => true;

    public Task<ChatReceipt> OpenRoomAsync(ChatRoom room, CancellationToken cancel) => Task.FromResult(ChatReceipt.Done(room.Incident));

    public Task<ChatReceipt> DressRoomAsync(ChatRoom room, RoomDress dress, CancellationToken cancel) =>
        Task.FromResult(ChatReceipt.Done());

    public Task<ChatReceipt> PostAsync(ChatRoom room, ChatMessage message, CancellationToken cancel) =>
        Task.FromResult(ChatReceipt.Done(message.Id));

    public Task<ChatReceipt> UpdateAsync(ChatRoom room, string messageId, ChatMessage message, CancellationToken cancel) =>
        Task.FromResult(ChatReceipt.Done(messageId));

    public Task<ChatReceipt> FindAsync(ChatRoom room, string id, DateTimeOffset since, string? known, CancellationToken cancel) =>
        Task.FromResult(ChatReceipt.Done(known is null ? id : null));

    public Task<IReadOnlyList<ChatInput>?> ReadBackAsync(
        ChatRoom room,
        DateTimeOffset since,
        IReadOnlyDictionary<string, KnownMessage> known,
        CancellationToken cancel
    ) => Task.FromResult<IReadOnlyList<ChatInput>?>([]);

    public TimeSpan WaitFor(ChatOperation operation, string? roomId, CardPriority priority) => TimeSpan.Zero;
}
