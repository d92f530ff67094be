using Integrations.Slack.Api;
using Integrations.Slack.Rendering;
using Integrations.Slack.Sending;

namespace Integrations.Slack.Inbound;

/// <summary>
/// Reads back what people did in a channel while no event came: new messages, also in threads; edits and deletions of messages that
/// are on the log; reactions that put one on the timeline. Slack keeps no list of changes, so the channel is read anew, its newest 4,000 messages; threads only
/// where something may have changed. Slack's limits are kept by waiting.
/// </summary>
internal sealed class SlackReadBack(
    SlackApi api,
    SlackCalls calls,
    SlackMessages messages,
    SlackHistory history,
    SlackHeard heard,
    SlackReactions reactions,
    SlackState state
)
{
    private const int PerPage = 200;
    private const int MostPages = 20;

    // Before an incident is declared people have talked about it.
    private static readonly TimeSpan LedTo = TimeSpan.FromHours(6);

    /// <param name="declared">
    /// When the incident was. Marks count only on messages written since six hours before that: older ones belong to earlier talk of a channel that was there before.
    /// </param>
    /// <param name="known">Messages of the channel that are on the log.</param>
    /// <returns>Null: Slack does not answer. Nothing of a channel that is not there any more, or in which the app may not be.</returns>
    public async Task<IReadOnlyList<ChatInput>?> ReadAsync(
        string channel,
        DateTimeOffset since,
        DateTimeOffset declared,
        IReadOnlyDictionary<string, KnownMessage> known,
        CancellationToken cancel
    )
    {
        // Ids are times in digits of one length: they sort as text.
        var from = SlackText.Ts(since);
        var (seen, begin, trouble) = await AllAsync(SlackMethod.History, channel, cursor => History(channel, cursor, cancel), cancel);
        if (seen is null)
            return trouble is { Retryable: false, Doubtful: false } ? [] : null;
        foreach (var parent in seen.Values.Where(message => HasNews(message, from, known, seen)).ToList())
        {
            var (thread, _, _) = await AllAsync(
                SlackMethod.Replies,
                channel,
                cursor => Replies(channel, parent.Ts, cursor, cancel),
                cancel
            );
            if (thread is null)
                return null;
            foreach (var (ts, reply) in thread)
                seen[ts] = reply;
        }

        var acts = new List<(string At, ChatInput Act)>();
        foreach (var message in seen.Values.Where(message => !message.IsStone))
        {
            if (!known.TryGetValue(message.Ts, out var before))
            {
                if (heard.IsOfPeople(message) && IsPast(message.Ts, from))
                    acts.Add((message.Ts, await heard.WroteAsync(channel, message, cancel)));
                else if (message.Subtype is SlackHeard.MadePublic && IsPast(message.Ts, from))
                    acts.Add((message.Ts, await heard.ExposedAsync(channel, message, cancel)));
            }
            else if (await EditOfAsync(channel, message, before, from, cancel) is { } edited)
            {
                acts.Add((message.Edited!.Ts, edited));
            }
        }

        var read = acts.OrderBy(act => act.At, StringComparer.Ordinal).Select(act => act.Act).ToList();
        // When a reaction was given Slack does not say. Of many who gave it one may be allowed to.
        var first = SlackText.Ts(declared > DateTimeOffset.UnixEpoch + LedTo ? declared - LedTo : DateTimeOffset.UnixEpoch);
        foreach (
            var message in seen.Values.Where(one =>
                !one.IsStone && (known.TryGetValue(one.Ts, out var told) ? !told.IsMarked : IsPast(one.Ts, first))
            )
        )
        {
            foreach (
                var user in (message.Reactions ?? [])
                    .OfType<HistoryReaction>()
                    .Where(one => reactions.Marks(one.Name))
                    .SelectMany(one => one.Users)
            )
                read.Add(await heard.MarkedAsync(channel, message, user, cancel));
        }

        foreach (
            var ts in known
                .Keys.Where(ts => string.CompareOrdinal(ts, begin) >= 0 && (!seen.TryGetValue(ts, out var there) || there.IsStone))
                .Order(StringComparer.Ordinal)
        )
        {
            // It may only stand in a thread that was not looked at: gone is what Slack says is gone.
            var (found, unread) = await messages.ReadPatientlyAsync(channel, ts, cancel);
            if (unread is not null)
                return null;
            if (found is null or { IsStone: true })
                read.Add(SlackHeard.Deleted(channel, ts));
        }

        return read;
    }

    /// <summary>Reads single messages of any channel, and nothing else of it.</summary>
    /// <param name="known">Those messages, as the log has them.</param>
    /// <returns>Null: Slack does not answer. Nothing of a channel that is not there any more, or in which the app is not.</returns>
    public async Task<IReadOnlyList<ChatInput>?> ReadMarkedAsync(
        string channel,
        DateTimeOffset since,
        IReadOnlyDictionary<string, KnownMessage> known,
        CancellationToken cancel
    )
    {
        var from = SlackText.Ts(since);
        var read = new List<ChatInput>();
        foreach (var (ts, before) in known.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            var (message, trouble) = await messages.ReadPatientlyAsync(channel, ts, cancel);
            if (trouble is not null)
                return trouble is { Retryable: false, Doubtful: false } ? read : null;
            if (message is null or { IsStone: true })
                read.Add(SlackHeard.Deleted(channel, ts));
            else if (await EditOfAsync(channel, message, before, from, cancel) is { } edited)
                read.Add(edited);
        }

        return read;
    }

    /// <returns>Null: it reads as before, or it is a card of ours, which tells what is on the log already.</returns>
    private async Task<ChatInput?> EditOfAsync(
        string channel,
        HistoryMessage message,
        KnownMessage before,
        string from,
        CancellationToken cancel
    )
    {
        if (message.Edited is not { } edit || !IsPast(edit.Ts, from) || message.User == state.BotUser)
            return null;
        var edited = await heard.EditedAsync(channel, message, edit, cancel);
        // It was read back with its edit, or the event came after all.
        return edited.Act is ChatAct.Edited { Line.Text: var now } && now != before.Text ? edited : null;
    }

    private static bool IsPast(string ts, string from) => string.CompareOrdinal(ts, from) > 0;

    // Answers are in no channel's history: a thread is read for new ones, and for those on the log, which may have changed.
    private static bool HasNews(
        HistoryMessage message,
        string from,
        IReadOnlyDictionary<string, KnownMessage> known,
        Dictionary<string, HistoryMessage> seen
    ) =>
        message.LatestReply is { } latest
        && (IsPast(latest, from) || known.Keys.Any(ts => !seen.ContainsKey(ts) && IsPast(ts, message.Ts) && !IsPast(ts, latest)));

    private Task<Refit.IApiResponse<ConversationsHistoryResponse>> History(string channel, string? cursor, CancellationToken cancel) =>
        api.Conversations.History(
            new ConversationsHistory
            {
                Channel = channel,
                Limit = PerPage,
                Cursor = cursor,
            },
            cancel
        );

    private Task<Refit.IApiResponse<ConversationsHistoryResponse>> Replies(
        string channel,
        string parent,
        string? cursor,
        CancellationToken cancel
    ) =>
        api.Conversations.Replies(
            new ConversationsReplies
            {
                Channel = channel,
                Ts = parent,
                Limit = PerPage,
                Cursor = cursor,
            },
            cancel
        );

    /// <returns>By id, and the id of the oldest one where there are more before it; or why not.</returns>
    private async Task<(Dictionary<string, HistoryMessage>? All, string Begin, ChatReceipt? Trouble)> AllAsync(
        SlackMethod method,
        string channel,
        Func<string?, Task<Refit.IApiResponse<ConversationsHistoryResponse>>> call,
        CancellationToken cancel
    )
    {
        var all = new Dictionary<string, HistoryMessage>(StringComparer.Ordinal);
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var answer = await calls.AsMemberAsync(channel, () => calls.PatientlyAsync(method, () => call(cursor), cancel), cancel);
            if (!answer.IsOk)
                return (null, "", answer.ToReceipt());
            foreach (var message in history.Read(channel, answer.Value!))
                all[message.Ts] = message;
            cursor = answer.Value!.ResponseMetadata?.NextCursor;
            if (string.IsNullOrEmpty(cursor))
                return (all, "", null);
        }

        return (all, all.Keys.Min(StringComparer.Ordinal) ?? "", null);
    }
}
