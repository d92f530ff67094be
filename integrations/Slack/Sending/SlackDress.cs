using Integrations.Slack.Api;
using Integrations.Slack.Inbound;
using Integrations.Slack.People;
using Integrations.Slack.Rendering;

namespace Integrations.Slack.Sending;

/// <summary>An incident's channel as it should look: topic, people, bookmarks, pin.</summary>
internal sealed class SlackDress(SlackApi api, SlackCalls calls, SlackPacing pacing, SlackPeople people, SlackState state)
{
    private const int MostTopic = 250;

    /// <summary>Every part is tried: that one is refused (a scope is missing) keeps nobody from being invited.</summary>
    /// <returns>Of what was refused, what can be mended goes before what cannot.</returns>
    public async Task<ChatReceipt> PutOnAsync(string channel, RoomDress dress, CancellationToken cancel)
    {
        ChatReceipt? refused = null;
        foreach (
            var part in new Func<Task<ChatReceipt?>>[]
            {
                () => SayAsync(channel, dress.Topic, cancel),
                () => InviteAsync(channel, dress, cancel),
                () => LinkAsync(channel, dress.Links, cancel),
                () => PinAsync(channel, dress.PinnedMessage, cancel),
            }
        )
        {
            if (await part() is not { } trouble)
                continue;
            if (trouble.Doubtful || trouble.IsOutage || trouble.RetryAfter is not null)
                return trouble;
            if (refused is not { Retryable: true })
                refused = trouble;
        }

        return refused ?? ChatReceipt.Done(channel);
    }

    private async Task<ChatReceipt?> SayAsync(string channel, string topic, CancellationToken cancel)
    {
        if (state.HasTopic(channel, topic))
            return null;
        var arguments = new ConversationsSetTopic(channel, SlackText.Cut(topic, MostTopic));
        var set = await calls.AsMemberAsync(
            SlackMethod.SetTopic,
            null,
            channel,
            () => api.Conversations.SetTopic(arguments, cancel),
            cancel
        );
        if (!set.IsOk)
            return set.ToReceipt();
        state.SaidTopic(channel, topic);
        return null;
    }

    private async Task<ChatReceipt?> InviteAsync(string channel, RoomDress dress, CancellationToken cancel)
    {
        var wanted = dress.People.Concat(dress.Groups.SelectMany(people.MembersOf)).Where(id => id != state.BotUser).Distinct().ToList();
        // One by one: an unknown one among many would keep all of them out.
        foreach (var id in wanted.Where(id => !state.IsIn(channel, id)))
        {
            // A big group comes in over some minutes.
            if (pacing.WaitFor(SlackMethod.Invite, null, CardPriority.State) is var wait && wait > TimeSpan.Zero)
                return new ChatReceipt(false, true, null, "more people to invite than Slack lets in at once") { RetryAfter = wait };
            var invited = await calls.PacedAsync(
                SlackMethod.Invite,
                null,
                api.Conversations.Invite(new ConversationsInvite(channel, id), cancel),
                cancel
            );
            // Who is in it already, or cannot come, is not asked again; all others wait for the app to be mended.
            if (!invited.IsOk && invited.ToReceipt() is { Retryable: true } trouble)
                return trouble;
            state.Joined(channel, id);
        }

        return dress.Groups.Count == 0 || people.KnowsGroups
            ? null
            : new ChatReceipt(false, true, null, "who is in the user groups to invite is not known: usergroups.list was not answered yet");
    }

    private async Task<ChatReceipt?> LinkAsync(string channel, IReadOnlyList<RoomLink> links, CancellationToken cancel)
    {
        if (links.Count == 0)
            return null;
        var known = await SlackApi.CallAsync(api.Bookmarks.List(new BookmarksList(channel), cancel), cancel);
        if (!known.IsOk)
            return known.ToReceipt();
        foreach (var link in links.Where(link => known.Value!.Bookmarks.All(bookmark => bookmark.Link != link.Address)))
        {
            var added = await calls.PacedAsync(
                SlackMethod.AddBookmark,
                null,
                api.Bookmarks.Add(new BookmarksAdd(channel, link.Title, "link", link.Address), cancel),
                cancel
            );
            if (!added.IsOk)
                return added.ToReceipt();
        }

        return null;
    }

    private async Task<ChatReceipt?> PinAsync(string channel, string? message, CancellationToken cancel)
    {
        if (message is null)
            return null;
        var pinned = await calls.PacedAsync(SlackMethod.AddPin, null, api.Pins.Add(new PinsAdd(channel, message), cancel), cancel);
        return pinned.IsOk || pinned.Error is "already_pinned" ? null : pinned.ToReceipt();
    }
}
