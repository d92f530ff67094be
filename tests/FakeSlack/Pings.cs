using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Tests.FakeSlack;

/// <summary>Whom a message calls, by Slack's rules (docs.slack.dev, formatting message text): by what is written as a mention, and by plain words where Slack may read those.</summary>
internal static partial class Pings
{
    /// <returns>As written: <c>&lt;!channel&gt;</c>, <c>&lt;@U1&gt;</c>, <c>@here</c>.</returns>
    public static IReadOnlyList<string> Of(SlackMessage message) =>
        [.. In(message.Text, message.ReadsWords), .. (message.Blocks ?? []).SelectMany(InNode)];

    private static IEnumerable<string> InNode(JsonNode? node) =>
        node switch
        {
            JsonArray many => many.SelectMany(InNode),
            JsonObject one when (string?)one["type"] is "mrkdwn" => In(
                (string?)one["text"] ?? "",
                one["verbatim"]?.GetValue<bool>() is not true
            ),
            JsonObject one => one.SelectMany(field => InNode(field.Value)),
            _ => [],
        };

    private static IEnumerable<string> In(string text, bool readsWords) =>
        Written().Matches(text).Concat(readsWords ? Word().Matches(text) : []).Select(match => match.Value);

    [GeneratedRegex("<(@|!subteam\\^|!channel|!here|!everyone)[^>]*>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Written();

    [GeneratedRegex("@(channel|here|everyone)\\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Word();
}
