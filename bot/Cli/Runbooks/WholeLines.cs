using System.Globalization;
using System.Text.Json;
using Bot.Web.Api;
using Runbooks.Planning;

namespace Bot.Cli.Runbooks;

/// <summary>All of a call for a terminal, where a line about it does not say all; bounded, with a word of what is left out.</summary>
internal static class WholeLines
{
    private const int MostLines = 200;
    private const int Most = 16 * 1024;

    /// <param name="said">The line.</param>
    /// <param name="does">As the API gives it: one call, several, or null.</param>
    /// <param name="elsewhere">Where the rest is.</param>
    public static IEnumerable<string> Of(string? said, JsonElement does, string elsewhere)
    {
        var calls = Read(does);
        if (WholeText.IsSaidBy(said ?? "", calls))
            yield break;
        var lines = WholeText.Of(calls).Split('\n');
        var (shown, size) = (0, 0);
        while (shown < lines.Length && shown < MostLines && size + lines[shown].Length <= Most)
        {
            size += lines[shown].Length + 1;
            yield return lines[shown++];
        }

        if (shown < lines.Length)
        {
            var left = lines.Skip(shown).Sum(line => line.Length);
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"… {Counted.Of(lines.Length - shown, "more line")} ({left:N0} characters) {(lines.Length - shown == 1 ? "is" : "are")} not shown: {elsewhere}"
            );
        }
    }

    private static List<WholeCall> Read(JsonElement does) =>
        does.ValueKind switch
        {
            JsonValueKind.Array => does.Deserialize<List<WholeCall>>(ApiJson.Options)!,
            JsonValueKind.Object => [does.Deserialize<WholeCall>(ApiJson.Options)!],
            _ => [],
        };
}
