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

    public Task<ChatReceipt> OpenRoomAsync(ChatRoom room, CancellationToken cancel) =>
        Task.FromResult(new ChatReceipt(true, false, room.Incident, null));

    public Task<ChatReceipt> PostAsync(ChatRoom room, ChatMessage message, CancellationToken cancel) =>
        Task.FromResult(new ChatReceipt(true, false, message.Id, null));

    public Task<ChatReceipt> UpdateAsync(ChatRoom room, string messageId, ChatMessage message, CancellationToken cancel) =>
        Task.FromResult(new ChatReceipt(true, false, messageId, null));
}
