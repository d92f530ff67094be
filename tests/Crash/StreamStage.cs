using System.Collections.Concurrent;
using System.Text.Json;
using Tests.Servers;
using Tests.Support;

namespace Tests.Crash;

/// <summary>
/// Senders of alerts, callers of the API and a person with an eye on what waits, all at work on one bot that is killed again and
/// again. Each does as careful clients do: the same once more until there is an answer.
/// </summary>
internal sealed class StreamStage : IAsyncDisposable
{
    public const int Groups = 5;
    private const int Senders = 4;
    private const int Callers = 2;
    private const int RepairEvery = 20;
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-stream-");
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource quit = new();
    private readonly List<Task> working = [];
    private int numbers;

    private StreamStage(BotProcess bot, CountingTarget target)
    {
        Bot = bot;
        Target = target;
    }

    public BotProcess Bot { get; private set; }

    public CountingTarget Target { get; }

    /// <summary>In the environment of every script.</summary>
    public string Mark => folder.Name;

    /// <summary>Fingerprints whose delivery was answered with 202.</summary>
    public ConcurrentDictionary<string, bool> Accepted { get; } = new(StringComparer.Ordinal);

    /// <summary>Runs that the API has answered for, by idempotency key.</summary>
    public ConcurrentDictionary<string, string> Started { get; } = new(StringComparer.Ordinal);

    public static async Task<StreamStage> StartAsync(string database)
    {
        var stage = new StreamStage(null!, await CountingTarget.StartAsync());
        var runbooks = stage.folder.CreateSubdirectory("runbooks");
        foreach (var (file, text) in StreamRunbooks.All(stage.Target.Port, stage.Mark))
            await File.WriteAllTextAsync(Path.Combine(runbooks.FullName, file), text);
        stage.Bot = new BotProcess(
            database,
            more: new Dictionary<string, string>(StringComparer.Ordinal) { ["Runbooks__Paths__0"] = runbooks.FullName }
        );
        await stage.Bot.StartAsync();
        return stage;
    }

    public static bool IsRepair(string fingerprint) => fingerprint.StartsWith(StreamRunbooks.RepairPrefix, StringComparison.Ordinal);

    public void Begin()
    {
        for (var i = 0; i < Senders; i++)
            working.Add(Task.Run(SendAsync));
        for (var i = 0; i < Callers; i++)
            working.Add(Task.Run(CallAsync));
        working.Add(Task.Run(DecideAsync));
    }

    /// <summary>No new work; what is under way comes to its end.</summary>
    public async Task EndAsync()
    {
        await stop.CancelAsync();
        try
        {
            await Task.WhenAll(working).WaitAsync(Patience);
        }
        catch (TimeoutException fault)
        {
            var open = await OpenRunsAsync();
            var first = open.Count > 0 ? (await Bot.GetAsync("/api/v1/runs/" + open[0])).ToString() : "";
            throw new TimeoutException($"{open.Count} runs do not come to their end, as {first}", fault);
        }
    }

    /// <summary>Alerts as the API lists them.</summary>
    public async Task<HashSet<string>> AlertsAsync()
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        string? after = null;
        do
        {
            var page = await Bot.GetAsync($"/api/v1/alerts?limit=500{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}");
            foreach (var alert in page.GetProperty("items").EnumerateArray())
                known.Add(alert.GetProperty("fingerprint").GetString()!);
            after = page.GetProperty("next").GetString();
        } while (after is not null);
        return known;
    }

    /// <summary>Their titles.</summary>
    public async Task<IReadOnlyList<string>> IncidentsAsync()
    {
        var titles = new List<string>();
        string? after = null;
        do
        {
            var page = await Bot.GetAsync($"/api/v1/incidents?limit=500{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}");
            titles.AddRange(page.GetProperty("items").EnumerateArray().Select(incident => incident.GetProperty("title").GetString()!));
            after = page.GetProperty("next").GetString();
        } while (after is not null);
        return titles;
    }

    public async Task<IReadOnlyList<string>> OpenRunsAsync() =>
        [
            .. (await Bot.GetAsync("/api/v1/runs?state=open&limit=500"))
                .GetProperty("items")
                .EnumerateArray()
                .Select(run => run.GetProperty("id").GetString()!),
        ];

    public async ValueTask DisposeAsync()
    {
        await quit.CancelAsync();
        await Task.WhenAll(working).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Bot.Dispose();
        await Target.DisposeAsync();
        stop.Dispose();
        quit.Dispose();
        folder.Delete(recursive: true);
    }

    private async Task SendAsync()
    {
        while (!stop.IsCancellationRequested && !quit.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref numbers);
            var repair = number % RepairEvery == 0;
            var fingerprint = (repair ? StreamRunbooks.RepairPrefix : "f") + number;
            // What has to be repaired is an incident of its own; the rest joins a few.
            var body = Payload.Alertmanager(repair ? fingerprint : $"g{number % Groups}", 0, (fingerprint, true, Start));
            while (!await Bot.DeliverAsync(body))
                await BreatheAsync();
            Accepted[fingerprint] = true;
        }
    }

    private async Task CallAsync()
    {
        while (!stop.IsCancellationRequested && !quit.IsCancellationRequested)
        {
            var key = $"tidy-{Interlocked.Increment(ref numbers)}";
            var run = await UntilAnsweredAsync(() => Bot.PostAsync("/api/v1/runs", new { runbook = StreamRunbooks.ByApi }, key));
            Started[key] = run.GetProperty("id").GetString()!;
            while (
                (await UntilAnsweredAsync(() => Bot.GetAsync("/api/v1/runs/" + Started[key]))).GetProperty("endedAt").ValueKind
                is JsonValueKind.Null
            )
                await BreatheAsync();
        }
    }

    // Goes on after the stop until nothing waits any more.
    private async Task DecideAsync()
    {
        while (true)
        {
            var ending = stop.IsCancellationRequested;
            var open = await UntilAnsweredAsync(OpenRunsAsync);
            if (ending && open.Count == 0)
                return;
            foreach (var id in open)
                await LookAsync(id);
            await Task.Delay(Glance, TimeProvider.System, quit.Token);
        }
    }

    private async Task LookAsync(string id)
    {
        var run = await UntilAnsweredAsync(() => Bot.GetAsync("/api/v1/runs/" + id));
        foreach (var wait in run.GetProperty("waitingFor").EnumerateArray())
        {
            var step = wait.GetProperty("step").GetString()!;
            var decision = wait.GetProperty("kind").GetString() switch
            {
                "approval" => "approve",
                // The person looks at the target, and tells the truth.
                "unknown" => Target.EffectsOf($"{id}/{step}") > 0 ? "happened" : "run-again",
                _ => null,
            };
            if (decision is null)
                continue;
            try
            {
                await Bot.PostAsync(
                    $"/api/v1/runs/{id}/decisions",
                    new
                    {
                        step,
                        decision,
                        hash = wait.GetProperty("hash").GetString(),
                    }
                );
            }
            catch (Exception e) when (IsLost(e))
            {
                // Killed under the click, or clicked before the page was new: the next look shows what is asked now.
            }
        }
    }

    private async Task<T> UntilAnsweredAsync<T>(Func<Task<T>> ask)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (Exception e) when (IsLost(e))
            {
                await BreatheAsync();
            }
        }
    }

    private static bool IsLost(Exception fault) => fault is HttpRequestException or TaskCanceledException or IOException;

    private Task BreatheAsync() => Task.Delay(Breath, TimeProvider.System, quit.Token);
}
