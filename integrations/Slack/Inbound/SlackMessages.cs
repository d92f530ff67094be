using System.Text.RegularExpressions;
using Integrations.Slack.Api;
using Integrations.Slack.Sending;

namespace Integrations.Slack.Inbound;

/// <summary>Single messages, by their place or by the link that people copy.</summary>
internal sealed partial class SlackMessages(SlackApi api, SlackCalls calls, SlackHistory read)
{
    /// <returns>The channel and the message's id; null: it is no such link.</returns>
    public static (string Channel, string Ts)? Place(string link) =>
        Permalink().Match(link) is { Success: true } found
            ? (found.Groups["channel"].Value, $"{found.Groups["seconds"].Value}.{found.Groups["micros"].Value}")
            : null;

    /// <returns>The channel's id, from itself or from a link to it; null: it is neither.</returns>
    public static string? Channel(string text) =>
        ChannelPlace().Match(text) is { Success: true } found ? found.Groups["channel"].Value : null;

    /// <summary>For somebody who waits for it.</summary>
    /// <returns>The message, which may be one that cannot be read; null without a trouble: there is none (any more).</returns>
    public Task<(HistoryMessage? Message, ChatReceipt? Trouble)> ReadAsync(string channel, string ts, CancellationToken cancel) =>
        ReadAsync(channel, ts, (method, call) => calls.AtOnceAsync(method, null, call, cancel), cancel);

    /// <summary>When Slack's limits leave room for it.</summary>
    /// <inheritdoc cref="ReadAsync(string, string, CancellationToken)"/>
    public Task<(HistoryMessage? Message, ChatReceipt? Trouble)> ReadPatientlyAsync(string channel, string ts, CancellationToken cancel) =>
        ReadAsync(channel, ts, (method, call) => calls.PatientlyAsync(method, call, cancel), cancel);

    private async Task<(HistoryMessage? Message, ChatReceipt? Trouble)> ReadAsync(
        string channel,
        string ts,
        Func<
            SlackMethod,
            Func<Task<Refit.IApiResponse<ConversationsHistoryResponse>>>,
            Task<SlackAnswer<ConversationsHistoryResponse>>
        > ask,
        CancellationToken cancel
    )
    {
        var inHistory = new ConversationsHistory
        {
            Channel = channel,
            Latest = ts,
            Oldest = ts,
            Inclusive = true,
            Limit = 1,
        };
        var history = await ask(SlackMethod.History, () => api.Conversations.History(inHistory, cancel));
        if (!history.IsOk)
            return (null, history.ToReceipt());
        if (read.Read(channel, history.Value!).FirstOrDefault(message => message.Ts == ts) is { } found)
            return (found, null);
        // Answers in a thread are in no channel's history.
        var inThread = new ConversationsReplies
        {
            Channel = channel,
            Ts = ts,
            Latest = ts,
            Oldest = ts,
            Inclusive = true,
        };
        var replies = await ask(SlackMethod.Replies, () => api.Conversations.Replies(inThread, cancel));
        return replies.IsOk ? (read.Read(channel, replies.Value!).FirstOrDefault(message => message.Ts == ts), null)
            : replies.Error is "thread_not_found" ? (null, null)
            : (null, replies.ToReceipt());
    }

    // https://example.slack.com/archives/C0123/p1700000000123456?thread_ts=…
    [GeneratedRegex(
        "^https://[^/]+/archives/(?<channel>[CDG][A-Z0-9]+)/p(?<seconds>[0-9]{10})(?<micros>[0-9]{6})",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Permalink();

    // C0123, or https://example.slack.com/archives/C0123
    [GeneratedRegex(
        "^(https://[^/]+/archives/)?(?<channel>[CDG][A-Z0-9]{2,})/?$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex ChannelPlace();
}
