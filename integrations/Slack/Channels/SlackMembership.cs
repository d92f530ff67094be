using Integrations.Slack.Api;
using Integrations.Slack.Inbound;
using Integrations.Slack.Sending;

namespace Integrations.Slack.Channels;

/// <summary>Who is in a channel, who is let into it, and who may therefore see what is said there.</summary>
internal sealed class SlackMembership(SlackApi api, SlackCalls calls, SlackState state)
{
    private const int PerPage = 999;
    private const int MostPages = 20;

    public Task<SlackAnswer<ConversationResponse>> InfoAsync(string channel, CancellationToken cancel) =>
        calls.AtOnceAsync(SlackMethod.Info, null, () => api.Conversations.Info(new ConversationsInfo(channel), cancel), cancel);

    /// <summary>One by one: an unknown one among many would keep all of them out.</summary>
    public async Task<ChatReceipt> InviteAsync(string channel, string person, CancellationToken cancel)
    {
        // The app itself made the channel, or is in it.
        if (person == state.BotUser)
            return ChatReceipt.Done();
        var arguments = new ConversationsInvite(channel, person);
        var answer = await calls.PacedAsMemberAsync(
            channel,
            SlackMethod.Invite,
            null,
            CardPriority.State,
            () => api.Conversations.Invite(arguments, cancel),
            cancel
        );
        var receipt = answer.ToReceipt();
        // Who is in it already, or cannot come, is not asked again; all others wait for the app to be mended, or to be let in again.
        return answer.IsOk || answer.Error is SlackErrors.NotInChannel || receipt is { Retryable: true } or { IsRoomGone: true }
            ? receipt
            : ChatReceipt.Done();
    }

    /// <returns>Who is in a channel, by their ids; null: Slack does not say now, or it is a bigger one than is read.</returns>
    public async Task<IReadOnlySet<string>?> InRoomAsync(string channel, CancellationToken cancel)
    {
        var inside = new HashSet<string>(StringComparer.Ordinal);
        return await ReadMembersAsync(channel, inside, _ => false, cancel) is (true, null) ? inside : null;
    }

    /// <returns>Null: the channel is open to everybody, or they are in it.</returns>
    public async Task<ChatReceipt?> WhyNotAsync(Conversation channel, string? person, CancellationToken cancel)
    {
        if (!channel.IsPrivate && !channel.IsIm && !channel.IsMpim)
            return null;
        // There is nobody of Slack to look for where it is the console.
        if (person is not null)
        {
            var inside = new HashSet<string>(StringComparer.Ordinal);
            var (_, error) = await ReadMembersAsync(channel.Id, inside, found => found.Contains(person), cancel);
            if (inside.Contains(person))
                return null;
            if (error is not null)
                return ChatReceipt.Refused(
                    $"This channel is private, and Slack does not say now whether you are in it ({error}). Try again."
                );
        }

        return ChatReceipt.Refused(
            "This channel is private, and you are not in it. Ask somebody who is, or type it in Slack as one of its members."
        );
    }

    /// <param name="isEnough">Told after each page.</param>
    /// <returns>Whether all of them, or enough, were read; and what came instead.</returns>
    private async Task<(bool Whole, string? Error)> ReadMembersAsync(
        string channel,
        HashSet<string> inside,
        Func<HashSet<string>, bool> isEnough,
        CancellationToken cancel
    )
    {
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var arguments = new ConversationsMembers
            {
                Channel = channel,
                Limit = PerPage,
                Cursor = cursor,
            };
            // Whoever types, or is called, waits.
            var members = await calls.AtOnceAsync(SlackMethod.Members, null, () => api.Conversations.Members(arguments, cancel), cancel);
            if (!members.IsOk)
                return (false, members.Error);
            inside.UnionWith(members.Value!.Members);
            cursor = members.Value.ResponseMetadata?.NextCursor;
            if (string.IsNullOrEmpty(cursor) || isEnough(inside))
                return (true, null);
        }

        return (false, null);
    }
}
