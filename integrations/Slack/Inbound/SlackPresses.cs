using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Integrations.Slack.Rendering;

namespace Integrations.Slack.Inbound;

/// <summary>
/// Which presses and submissions are the same one: delivered again, or a double click, for which Slack has an id each. What comes
/// within a moment from one person on one button of one message is one press.
/// </summary>
internal sealed class SlackPresses
{
    private const int Most = 10_000;
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, DateTimeOffset> begun = new(StringComparer.Ordinal);

    /// <param name="payload">A <c>block_actions</c>.</param>
    public string OfAction(JsonElement payload, JsonElement action)
    {
        var place = payload.TryGetProperty("container", out var container)
            ? container.Text("message_ts") ?? container.Text("view_id")
            : payload.Text("trigger_id");
        var user = payload.GetProperty("user").Text("id");
        var chosen = action.TryGetProperty("selected_option", out var option) ? option.Text("value") : action.Text("value");
        var what = $"{user}/{place}/{Hash($"{action.Text("action_id")}|{chosen}")}";
        var at = SlackText.Time(action.Text("action_ts") ?? "");
        if (begun.Count > Most)
            begun.Clear();
        // Of two clicks this node may have seen the first; where another one has, most of them have the same moment.
        var first = begun.AddOrUpdate(what, at, (_, before) => at >= before && at - before < Moment ? before : at);
        return $"press/{what}/{first.Ticks / Moment.Ticks}";
    }

    /// <param name="answers">As the command that they stand for: a view that was refused is sent again with others.</param>
    public static string OfSubmission(JsonElement view, string answers) => $"submit/{view.Text("id")}/{Hash(answers)}";

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 12));
}
