using System.Net.Http.Json;
using System.Text.Json;
using Tests.Support;

namespace Tests.Runs;

/// <summary>A run of a bot under test, followed and decided by its API.</summary>
internal sealed class StartedRun
{
    private readonly BotUnderTest bot;
    private readonly HttpClient client;

    private StartedRun(BotUnderTest bot, HttpClient client, string id)
    {
        this.bot = bot;
        this.client = client;
        Id = id;
    }

    public string Id { get; }

    public static async Task<StartedRun> OfAsync(
        BotUnderTest bot,
        HttpClient client,
        string runbook,
        object? inputs = null,
        string? incident = null
    )
    {
        using var answer = await client.PostAsJsonAsync(
            new Uri("/api/v1/runs", UriKind.Relative),
            new
            {
                runbook,
                inputs,
                incident,
            }
        );
        var started = await answer.Content.ReadFromJsonAsync<JsonElement>();
        answer.IsSuccessStatusCode.ShouldBeTrue(started.ToString());
        return new StartedRun(bot, client, started.GetProperty("id").GetString()!);
    }

    public Task<JsonElement> StateAsync() => BotUnderTest.JsonAsync(client, "/api/v1/runs/" + Id);

    /// <returns>The hash of what it asks.</returns>
    /// <param name="other">What it asked before; that is not it.</param>
    public Task<string> AskedAsync(string kind, string? other = null) =>
        bot.UntilAsync(async () =>
            (await StateAsync())
                .GetProperty("waitingFor")
                .EnumerateArray()
                .Where(wait => wait.GetProperty("kind").GetString() == kind)
                .Select(wait => wait.GetProperty("hash").GetString())
                .FirstOrDefault(hash => hash != other)
        );

    public Task<string> EndsAsync(string state) =>
        bot.UntilAsync(async () => (await StateAsync()).GetProperty("state").GetString() == state ? state : null);

    public async Task<JsonElement> StepAsync(string id) =>
        (await StateAsync()).GetProperty("steps").EnumerateArray().Single(one => one.GetProperty("id").GetString() == id);

    public async Task<int> AttemptsAsync(string step) => (await StepAsync(step)).GetProperty("attempts").GetArrayLength();

    public async Task DecideAsync(string step, string decision, string? hash = null, object? answers = null) =>
        (await TryDecideAsync(step, decision, hash, "because", answers)).ShouldBeNull();

    /// <returns>Null if it was accepted, else why not.</returns>
    public async Task<string?> TryDecideAsync(
        string step,
        string decision,
        string? hash = null,
        string? reason = "because",
        object? answers = null
    )
    {
        using var answer = await client.PostAsJsonAsync(
            new Uri($"/api/v1/runs/{Id}/decisions", UriKind.Relative),
            new
            {
                step,
                decision,
                hash,
                reason,
                answers,
            }
        );
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return answer.IsSuccessStatusCode ? null : json.GetProperty("detail").GetString();
    }
}
