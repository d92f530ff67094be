using System.Collections.Concurrent;
using System.Text.Json;
using Integrations.Slack.Api;
using Microsoft.Extensions.Logging;

namespace Integrations.Slack.Inbound;

/// <summary>
/// What stands in channels, message by message. One that cannot be read is logged and named on the page Health once, however often its
/// channel is looked at; it counts as there, since what cannot be read was not deleted by that.
/// </summary>
internal sealed partial class SlackHistory(SlackState state, ILogger<SlackHistory> logger)
{
    private const int MostSaid = 1_000;

    private readonly ConcurrentDictionary<(string Channel, string Ts), bool> said = new();

    /// <returns>In the order of the page; without those that have no id.</returns>
    public IEnumerable<HistoryMessage> Read(string channel, ConversationsHistoryResponse page) =>
        page.Messages.Select(message => Read(channel, message)).OfType<HistoryMessage>();

    private HistoryMessage? Read(string channel, JsonElement message)
    {
        try
        {
            return message.Message();
        }
        catch (UnreadableException e)
        {
            var ts = IdOf(message);
            Say(channel, ts, e);
            return ts.Length == 0 ? null : new HistoryMessage { Ts = ts, IsUnread = true };
        }
    }

    private static string IdOf(JsonElement message)
    {
        try
        {
            return message.Text("ts") ?? "";
        }
        // That the message cannot be read is being said.
        catch (UnreadableException)
        {
            return "";
        }
    }

    private void Say(string channel, string ts, UnreadableException e)
    {
        if (said.Count >= MostSaid)
            said.Clear();
        if (!said.TryAdd((channel, ts), true))
            return;
        var what = $"the message {(ts.Length > 0 ? ts : "without an id")} of {channel}";
        Log.NotRead(logger, what, e.Message, e.InnerException);
        state.NotRead($"{what}: {e.Message}");
    }

    private static partial class Log
    {
        [LoggerMessage(724, LogLevel.Warning, "Of Slack {What} could not be read, and is left out: {Why}")]
        public static partial void NotRead(ILogger logger, string what, string why, Exception? e);
    }
}
