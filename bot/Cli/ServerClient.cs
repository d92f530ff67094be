using System.Net.Http.Headers;
using System.Text.Json;
using Bot.Log;
using Bot.Runs;

namespace Bot.Cli;

/// <summary>A running server, called through its API.</summary>
internal sealed class ServerClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>For what the server itself asks others about before it answers: plans, drills.</summary>
    public static TimeSpan LongPatience { get; } = DrillOptions.LongestLimit + Patience;

    private readonly HttpClient http;
    private readonly IIdSource ids;

    public ServerClient(string url, string? token, IIdSource ids)
    {
        this.ids = ids;
        // Told where to go by the person or by the server itself: no proxy stands between, and nothing redirects.
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false })
        {
            BaseAddress = new Uri(url.TrimEnd('/') + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (!string.IsNullOrEmpty(token))
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public Uri Address => http.BaseAddress!;

    public async Task<bool> IsThereAsync(CancellationToken cancel)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("health/live", UriKind.Relative), cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public Task<ServerAnswer> GetAsync(string path, CancellationToken cancel) => SendAsync(HttpMethod.Get, path, body: null, cancel);

    public Task<ServerAnswer> PostAsync(string path, object body, CancellationToken cancel, TimeSpan? patience = null) =>
        SendAsync(HttpMethod.Post, path, body, cancel, patience);

    public Task<ServerAnswer> DeleteAsync(string path, CancellationToken cancel) => SendAsync(HttpMethod.Delete, path, body: null, cancel);

    /// <summary>Lines of a server-sent event stream, as they come.</summary>
    public async Task<Stream> StreamAsync(string path, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStreamAsync(cancel);
    }

    public void Dispose() => http.Dispose();

    private async Task<ServerAnswer> SendAsync(
        HttpMethod method,
        string path,
        object? body,
        CancellationToken cancel,
        TimeSpan? patience = null
    )
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        over.CancelAfter(patience ?? Patience);
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body, body.GetType(), options: FactJson.Options);
            request.Headers.Add("Idempotency-Key", ids.NewId());
        }

        using var answer = await http.SendAsync(request, over.Token);
        var text = await answer.Content.ReadAsStringAsync(over.Token);
        return new ServerAnswer((int)answer.StatusCode, Parse(text), text);
    }

    private static JsonElement? Parse(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="Json">Null where the answer is none.</param>
internal sealed record ServerAnswer(int Status, JsonElement? Json, string Body)
{
    public bool Ok => Status is >= 200 and < 300;

    /// <summary>Why not, from the problem document.</summary>
    public string Problem => Text("detail") ?? Text("title") ?? $"The server answered {Status}.";

    public string? Text(string name) =>
        Json is { ValueKind: JsonValueKind.Object } json
        && json.TryGetProperty(name, out var value)
        && value.ValueKind is JsonValueKind.String
            ? value.GetString()
            : null;

    public IEnumerable<JsonElement> Items =>
        Json is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("items", out var items) ? items.EnumerateArray() : [];
}
