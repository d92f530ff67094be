using System.Collections.Concurrent;
using Integrations.Slack.Api;
using Integrations.Slack.Sending;

namespace Integrations.Slack.Channels;

/// <summary>
/// Whether the channel of a private incident is still one that not everybody can read. People may make it public; the message that tells of
/// it may be lost. So it is looked at before something is said there, and not again for a minute.
/// </summary>
internal sealed class SlackPrivacy(SlackApi api, SlackCalls calls, TimeProvider time)
{
    private const int MostKept = 10_000;
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);

    private readonly SteadyClock clock = new(time);
    private readonly ConcurrentDictionary<string, DateTimeOffset> closed = new(StringComparer.Ordinal);

    /// <param name="room">A channel, or a person: what is said to them alone is read by nobody else.</param>
    /// <returns>Null: it may be said there; else why not, also while Slack does not say who can read it. Nothing was said.</returns>
    public async Task<ChatReceipt?> WhyNotAsync(ChatRoom room, CardPriority priority, CancellationToken cancel)
    {
        if (!room.Private || room.PlatformId is not ['C' or 'G', ..])
            return null;
        var now = clock.Now;
        if (closed.TryGetValue(room.PlatformId, out var at) && now - at < Kept)
            return null;
        var asked = await calls.PacedAsync(
            SlackMethod.Info,
            null,
            priority,
            () => api.Conversations.Info(new ConversationsInfo(room.PlatformId), cancel),
            cancel
        );
        if (!asked.IsOk)
            return asked.ToReceipt() with { Doubtful = false };
        if (asked.Value!.Channel is not { IsPrivate: true })
            return ChatReceipt.Refused("it is not private any more") with { IsRoomExposed = true };
        if (closed.Count >= MostKept)
            closed.Clear();
        closed[room.PlatformId] = now;
        return null;
    }
}
