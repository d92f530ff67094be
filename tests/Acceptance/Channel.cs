using System.Text.Json;
using Tests.Support;

namespace Tests.Acceptance;

/// <summary>An incident as people see it: its card's facts and its story.</summary>
internal sealed class Channel(Stage stage, Person reader, string incident)
{
    /// <summary>A line of the story, wherever it stands; what runs in the background may bring it a moment later.</summary>
    public async Task Tells(string line, bool startsWith = false)
    {
        var told = "";
        await Until.Holds(
            async () =>
            {
                var lines = await LinesAsync();
                told = string.Join('\n', lines);
                return lines.Any(one => startsWith ? one.StartsWith(line, StringComparison.Ordinal) : one == line);
            },
            line,
            () => Task.FromResult($"#{incident} tells only:\n{told}")
        );
    }

    /// <summary>A line of the story that stands at this time.</summary>
    public async Task Tells(string line, string at) =>
        (await EntriesAsync()).Single(entry => Text(entry) == line).GetProperty("happenedAt").GetString()!.ShouldStartWith(at);

    /// <summary>A field of the incident, as <c>state</c>, <c>severity</c>, <c>commander</c>.</summary>
    public async Task Shows(string field, string value)
    {
        await stage.SettlesAsync();
        var json = await BotUnderTest.JsonAsync(reader.Browser, "/api/v1/incidents/" + incident);
        json.GetProperty(field).ToString().ShouldBe(value, $"{field} of {incident}");
    }

    public async Task DoesNotExist()
    {
        await stage.SettlesAsync();
        using var answer = await reader.Browser.GetAsync(new Uri("/api/v1/incidents/" + incident, UriKind.Relative));
        ((int)answer.StatusCode).ShouldBe(404);
    }

    private async Task<IReadOnlyList<string>> LinesAsync() => [.. (await EntriesAsync()).Select(Text)];

    private async Task<IReadOnlyList<JsonElement>> EntriesAsync()
    {
        await stage.SettlesAsync();
        var json = await BotUnderTest.JsonAsync(reader.Browser, $"/api/v1/incidents/{incident}/timeline?limit=500");
        return [.. json.GetProperty("items").EnumerateArray()];
    }

    private static string Text(JsonElement entry) => entry.GetProperty("text").GetString()!;
}
