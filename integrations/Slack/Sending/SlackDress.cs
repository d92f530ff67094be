using Integrations.Slack.Api;
using Integrations.Slack.Inbound;
using Integrations.Slack.Rendering;

namespace Integrations.Slack.Sending;

/// <summary>
/// An incident's channel as it should look: topic, bookmarks, pin. Many channels may be dressed at once, and Slack takes few
/// of these calls a minute: what was done of a channel is remembered, and the rest of it goes on in the next minute.
/// </summary>
internal sealed class SlackDress(SlackApi api, SlackCalls calls, SlackState state)
{
    private const int MostTopic = 250;

    /// <summary>Every part is tried: that one is refused (a scope is missing), fails, or has to wait, holds up none of the others.</summary>
    /// <returns>What only has to wait goes before what can be mended, and that before what is refused for good.</returns>
    public async Task<ChatReceipt> PutOnAsync(string channel, RoomDress dress, CancellationToken cancel)
    {
        var troubles = new List<ChatReceipt>();
        foreach (
            var part in new Func<Task<ChatReceipt?>>[]
            {
                () => SayAsync(channel, dress.Topic, cancel),
                () => LinkAsync(channel, dress.Links, cancel),
                () => PinAsync(channel, dress.PinnedMessage, cancel),
            }
        )
        {
            if (await part() is not { } trouble)
                continue;
            if (trouble.IsOutage)
                return trouble;
            troubles.Add(trouble);
        }

        return troubles.Where(trouble => trouble.RetryAfter is not null).MinBy(trouble => trouble.RetryAfter)
            ?? troubles.Find(trouble => trouble.Retryable)
            ?? troubles.FirstOrDefault()
            ?? ChatReceipt.Done(channel);
    }

    private async Task<ChatReceipt?> SayAsync(string channel, string topic, CancellationToken cancel)
    {
        if (state.HasTopic(channel, topic))
            return null;
        var arguments = new ConversationsSetTopic(channel, SlackText.Cut(topic, MostTopic));
        var set = await AsMemberAsync(channel, SlackMethod.SetTopic, () => api.Conversations.SetTopic(arguments, cancel), cancel);
        // What it says now is not known where the answer was lost.
        state.SaidTopic(channel, set.IsOk ? topic : null);
        return set.IsOk ? null : set.ToReceipt();
    }

    private async Task<ChatReceipt?> LinkAsync(string channel, IReadOnlyList<RoomLink> links, CancellationToken cancel)
    {
        if (links.All(link => state.HasMark(channel, link.Address)))
            return null;
        var list = new BookmarksList(channel);
        var known = await AsMemberAsync(channel, SlackMethod.ListBookmarks, () => api.Bookmarks.List(list, cancel), cancel);
        if (!known.IsOk)
            return known.ToReceipt();
        foreach (var bookmark in known.Value!.Bookmarks)
            state.Marked(channel, bookmark.Link ?? "");
        foreach (var link in links.Where(link => !state.HasMark(channel, link.Address)))
        {
            var arguments = new BookmarksAdd(channel, link.Title, "link", link.Address);
            var added = await AsMemberAsync(channel, SlackMethod.AddBookmark, () => api.Bookmarks.Add(arguments, cancel), cancel);
            if (!added.IsOk)
                return added.ToReceipt();
            state.Marked(channel, link.Address);
        }

        return null;
    }

    private async Task<ChatReceipt?> PinAsync(string channel, string? message, CancellationToken cancel)
    {
        if (message is null || state.HasMark(channel, message))
            return null;
        var pinned = await AsMemberAsync(channel, SlackMethod.AddPin, () => api.Pins.Add(new PinsAdd(channel, message), cancel), cancel);
        if (!pinned.IsOk && pinned.Error is not "already_pinned")
            return pinned.ToReceipt();
        state.Marked(channel, message);
        return null;
    }

    private Task<SlackAnswer<T>> AsMemberAsync<T>(
        string channel,
        SlackMethod method,
        Func<Task<Refit.IApiResponse<T>>> call,
        CancellationToken cancel
    )
        where T : SlackResponse => calls.PacedAsMemberAsync(channel, method, null, CardPriority.State, call, cancel);
}
