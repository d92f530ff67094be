using Integrations.Slack.Api;
using Integrations.Slack.Inbound;
using Integrations.Slack.People;
using Integrations.Slack.Rendering;

namespace Integrations.Slack.Sending;

/// <summary>
/// An incident's channel as it should look: topic, people, bookmarks, pin. Many channels may be dressed at once, and Slack takes few
/// of these calls a minute: what was done of a channel is remembered, and the rest of it goes on in the next minute.
/// </summary>
internal sealed class SlackDress(SlackApi api, SlackCalls calls, SlackPeople people, SlackState state)
{
    private const int MostTopic = 250;

    /// <summary>Every part is tried: that one is refused (a scope is missing), or has to wait, keeps nobody from being invited.</summary>
    /// <returns>What only has to wait goes before what can be mended, and that before what is refused for good.</returns>
    public async Task<ChatReceipt> PutOnAsync(string channel, RoomDress dress, CancellationToken cancel)
    {
        var troubles = new List<ChatReceipt>();
        var invited = new List<string>();
        foreach (
            var part in new Func<Task<ChatReceipt?>>[]
            {
                () => SayAsync(channel, dress.Topic, cancel),
                () => InviteAsync(channel, dress, invited, cancel),
                () => LinkAsync(channel, dress.Links, cancel),
                () => PinAsync(channel, dress.PinnedMessage, cancel),
            }
        )
        {
            if (await part() is not { } trouble)
                continue;
            if (trouble.Doubtful || trouble.IsOutage)
                return trouble with { Invited = invited };
            troubles.Add(trouble);
        }

        var worst =
            troubles.Where(trouble => trouble.RetryAfter is not null).MinBy(trouble => trouble.RetryAfter)
            ?? troubles.Find(trouble => trouble.Retryable)
            ?? troubles.FirstOrDefault()
            ?? ChatReceipt.Done(channel);
        return worst with { Invited = invited };
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

    private async Task<ChatReceipt?> InviteAsync(string channel, RoomDress dress, List<string> invited, CancellationToken cancel)
    {
        // One by one: an unknown one among many would keep all of them out. A big group comes in over some minutes.
        foreach (var id in dress.People)
        {
            // The app itself made the channel, or is in it.
            if (id != state.BotUser)
            {
                var arguments = new ConversationsInvite(channel, id);
                var answer = await AsMemberAsync(channel, SlackMethod.Invite, () => api.Conversations.Invite(arguments, cancel), cancel);
                // Who is in it already, or cannot come, is not asked again; all others wait for the app to be mended, or to be let in again.
                if (
                    !answer.IsOk
                    && (answer.Error is SlackErrors.NotInChannel || answer.ToReceipt() is { Retryable: true } or { IsRoomGone: true })
                )
                    return answer.ToReceipt();
            }

            invited.Add(id);
        }

        return dress.UnknownGroups.Count == 0 || people.KnowsGroups
            ? null
            : new ChatReceipt(false, true, null, "who is in the user groups to invite is not known: usergroups.list was not answered yet");
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
        where T : SlackResponse =>
        calls.AsMemberAsync(channel, () => calls.PacedAsync(method, null, CardPriority.State, call, cancel), cancel);
}
