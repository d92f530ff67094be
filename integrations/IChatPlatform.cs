namespace Integrations;

/// <summary>
/// A place where people talk to the bot. What arrives goes to <see cref="IChatInbox"/>; what leaves comes here, from the
/// outbox, in order per room, at least once. Discovered; a platform is on when its settings exist.
/// </summary>
public interface IChatPlatform
{
    string Name { get; }

    bool IsOn { get; }

    /// <summary>
    /// True for a platform that shows the log itself (the web console): its rooms are the incidents' streams and it needs no outbox.
    /// </summary>
    bool ReadsTheLog { get; }

    Task<ChatReceipt> OpenRoomAsync(ChatRoom room, CancellationToken cancel);

    Task<ChatReceipt> PostAsync(ChatRoom room, ChatMessage message, CancellationToken cancel);

    /// <summary>Replaces a message that was posted; the latest state wins.</summary>
    Task<ChatReceipt> UpdateAsync(ChatRoom room, string messageId, ChatMessage message, CancellationToken cancel);
}

/// <param name="Incident"><c>inc-42</c>.</param>
/// <param name="PlatformId">The platform's own id, once the room is open.</param>
public sealed record ChatRoom(string Incident, string? PlatformId);

/// <param name="Id">Ours; a platform that can, keeps it with the message, so that a lost answer can be looked up.</param>
public sealed record ChatMessage(string Id, string Text, Card? Card);

/// <param name="PlatformId">The room's or message's id on the platform.</param>
public sealed record ChatReceipt(bool Delivered, bool Retryable, string? PlatformId, string? Error);

/// <summary>Where a platform hands in what people typed or pressed. Implemented by the bot.</summary>
public interface IChatInbox
{
    Task<ChatReply> HandleAsync(ChatInput input, CancellationToken cancel);
}

/// <param name="Person">The user's name in the bot (a platform maps its own ids).</param>
/// <param name="Channel"><c>inc-42</c>, or null outside of any incident.</param>
/// <param name="Id">The platform's id of this input, for idempotency.</param>
public sealed record ChatInput(string Platform, string Person, string? Channel, string Text, string Id);

/// <summary>The answer to an input.</summary>
/// <param name="Accepted">False: refused; the text says why and what to do.</param>
/// <param name="OnlyToAsker">Shown to the one who asked; the facts tell the others.</param>
public sealed record ChatReply(bool Accepted, string Text, Card? Card = null, Form? Form = null, bool OnlyToAsker = true);
