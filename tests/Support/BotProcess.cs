using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Tests.Support;

/// <summary>The real executable as a child process, to be killed at any instant and started again on the same data.</summary>
internal sealed class BotProcess : IDisposable
{
    public const string Source = "am";
    public const string SourceToken = "token-of-the-source";
    public const string AdminToken = "token-of-the-admin";
    private const int Tail = 64_000;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly string program;
    private readonly Dictionary<string, string> settings;
    private readonly StringBuilder written = new();
    private Process? process;

    /// <param name="more">Environment of the process, settings among it: <c>Node__Lease</c>, <c>PATH</c>.</param>
    /// <param name="program">What is started; the default is the product.</param>
    public BotProcess(
        string connectionString,
        string node = "one",
        IReadOnlyDictionary<string, string>? more = null,
        string program = "incident.dll"
    )
    {
        this.program = program;
        Address = new Uri($"http://127.0.0.1:{Loopback.FreePort()}");
        settings = new()
        {
            ["Urls"] = Address.ToString(),
            ["Web__PublicUrl"] = Address.ToString(),
            ["Storage__ConnectionString"] = connectionString,
            ["Access__BootstrapToken"] = AdminToken,
            ["Node__Name"] = node,
            [$"Alerts__Sources__{Source}__Kind"] = "alertmanager",
            [$"Alerts__Sources__{Source}__Token"] = SourceToken,
            ["Logging__LogLevel__Default"] = "Warning",
        };
        foreach (var (key, value) in more ?? new Dictionary<string, string>())
            settings[key] = value;
        Http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    /// <summary>The end of what it wrote: the welcome, then warnings and worse.</summary>
    public string Written
    {
        get
        {
            lock (written)
                return written.ToString();
        }
    }

    /// <summary>The child's process id, while it runs.</summary>
    public int Id => process!.Id;

    public bool IsAlive => process is { HasExited: false };

    /// <summary>Starts it and waits until it is ready.</summary>
    public async Task StartAsync()
    {
        if (!await TryStartAsync())
            throw new InvalidOperationException($"The bot did not become ready (exited: {!IsAlive}). {Written}");
    }

    /// <returns>False if it ended before it was ready, or was not ready in time.</returns>
    public async Task<bool> TryStartAsync()
    {
        process?.Dispose();
        var start = new ProcessStartInfo(
            "setpriv",
            ["--pdeathsig", "KILL", "dotnet", Path.Combine(AppContext.BaseDirectory, program), "serve"]
        )
        {
            UseShellExecute = false,
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in settings)
            start.Environment[key] = value;
        var started = Children.Start(start);
        process = started;
        started.OutputDataReceived += (_, line) => Keep(line.Data);
        started.ErrorDataReceived += (_, line) => Keep(line.Data);
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        var waited = Stopwatch.StartNew();
        while (!await IsReadyAsync())
        {
            if (started.HasExited || waited.Elapsed > StartTimeout)
                return false;
            started.WaitForExit(20);
        }

        return true;
    }

    /// <summary>SIGKILL: it gets no chance to tidy up.</summary>
    public void Kill()
    {
        process!.Kill();
        process.WaitForExit();
        process.Dispose();
        process = null;
    }

    /// <returns>True if it was accepted, which means durable.</returns>
    public async Task<bool> DeliverAsync(byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/alerts/{Source}") { Content = new ByteArrayContent(body) };
        request.Headers.Authorization = new("Bearer", SourceToken);
        try
        {
            using var response = await Http.SendAsync(request);
            return response.StatusCode is HttpStatusCode.Accepted;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            // Killed in the middle of the answer: not accepted, as far as the sender can know.
            return false;
        }
    }

    /// <summary>Reads a door of the API as the admin.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", AdminToken);
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonElement.Parse(text)
            : throw new HttpRequestException($"GET {path}: {text}", null, response.StatusCode);
    }

    /// <summary>Posts to a door of the API as the admin.</summary>
    /// <param name="key">The idempotency key, if there is one.</param>
    public async Task<JsonElement> PostAsync(string path, object body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new("Bearer", AdminToken);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonElement.Parse(text)
            : throw new HttpRequestException($"POST {path}: {text}", null, response.StatusCode);
    }

    /// <summary>Approves whatever this run, as it was looked at, asks for.</summary>
    public Task ApproveAsync(JsonElement run) => DecideAsync(run, "approval", () => Task.FromResult("approve"));

    /// <summary>Says of each step whose outcome nobody knows whether it happened; what did not is run again.</summary>
    /// <param name="happened">Whoever has looked.</param>
    public Task ExplainAsync(JsonElement run, Func<Task<bool>> happened) =>
        DecideAsync(run, "unknown", async () => await happened() ? "happened" : "run-again");

    private async Task DecideAsync(JsonElement run, string kind, Func<Task<string>> decide)
    {
        foreach (var waiting in run.GetProperty("waitingFor").EnumerateArray())
        {
            if (waiting.GetProperty("kind").GetString() != kind)
                continue;
            try
            {
                await PostAsync(
                    $"/api/v1/runs/{run.GetProperty("id").GetString()}/decisions",
                    new
                    {
                        step = waiting.GetProperty("step").GetString(),
                        decision = await decide(),
                        hash = waiting.GetProperty("hash").GetString(),
                        reason = "it is game day",
                    }
                );
            }
            catch (HttpRequestException refused) when (refused.StatusCode is HttpStatusCode.Conflict)
            {
                // Something else is asked by now; it is seen at the next look.
            }
        }
    }

    public void Dispose()
    {
        if (process is not null)
            Kill();
        Http.Dispose();
    }

    private void Keep(string? line)
    {
        lock (written)
        {
            written.AppendLine(line);
            if (written.Length > Tail)
                written.Remove(0, written.Length - Tail);
        }
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var response = await Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return (int)response.StatusCode < 500;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
