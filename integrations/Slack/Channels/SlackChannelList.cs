using System.Collections.Immutable;
using Integrations.Slack.Api;
using Integrations.Slack.Sending;

namespace Integrations.Slack.Channels;

/// <summary>
/// The channels that the app sees. A big workspace has more pages of them than Slack shows in a minute, or in the time of who looks: where one
/// look ended the next one goes on.
/// </summary>
internal sealed class SlackChannelList(SlackApi api, SlackCalls calls, TimeProvider time)
{
    // The method may be called 20 times a minute only.
    private const int PerPage = 999;
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private volatile Listed? listed;

    /// <returns>The channels that the app sees, by name; or why not.</returns>
    public async Task<(IReadOnlyDictionary<string, Conversation>? Channels, ChatReceipt? Receipt)> ReadAsync(CancellationToken cancel)
    {
        var (channels, cursor, at) =
            listed is { } begun && time.GetUtcNow() - begun.At < Kept
                ? begun
                : new Listed(ImmutableDictionary.Create<string, Conversation>(StringComparer.Ordinal), null, time.GetUtcNow());
        do
        {
            var arguments = new ConversationsList
            {
                Types = "public_channel,private_channel",
                ExcludeArchived = true,
                Limit = PerPage,
                Cursor = cursor,
            };
            var page = await calls.PacedAsync(
                SlackMethod.List,
                null,
                CardPriority.State,
                () => api.Conversations.List(arguments, cancel),
                cancel
            );
            // An old place in the list may not be known any more.
            if (page.Outcome is SlackOutcome.Refused)
                listed = null;
            if (!page.IsOk)
                return (null, page.ToReceipt());
            channels = channels.SetItems(page.Value!.Channels.Select(channel => KeyValuePair.Create(channel.Name ?? "", channel)));
            cursor = page.Value.ResponseMetadata?.NextCursor;
            listed = string.IsNullOrEmpty(cursor) ? null : new Listed(channels, cursor, at);
        } while (!string.IsNullOrEmpty(cursor));

        return (channels, null);
    }

    /// <param name="Cursor">Of the page that was not shown yet; null: the first.</param>
    private sealed record Listed(ImmutableDictionary<string, Conversation> Channels, string? Cursor, DateTimeOffset At);
}
