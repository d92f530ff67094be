using System.Globalization;
using Tests.Support;

namespace Tests.Nodes;

/// <summary>Follows the log at one node's door, over lost connections, as a browser does: by the id of the last fact.</summary>
internal sealed class LogFollower : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly List<long> seen = [];
    private readonly BotProcess bot;
    private readonly Task loop;

    public LogFollower(BotProcess bot)
    {
        this.bot = bot;
        loop = Task.Run(RunAsync);
    }

    /// <summary>Positions of the facts, as they came.</summary>
    public IReadOnlyList<long> Seen
    {
        get
        {
            lock (seen)
                return [.. seen];
        }
    }

    public Task UntilAsync(long position) =>
        Until.Holds(
            () => Task.FromResult(Seen is [.., var last] && last >= position),
            $"fact {position}",
            () => Task.FromResult($"{Seen.Count} came")
        );

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await loop;
        stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await ReadAsync();
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    private async Task ReadAsync()
    {
        using var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = bot.Address, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = new("Bearer", BotProcess.AdminToken);
        client.DefaultRequestHeaders.Add("Last-Event-ID", (Seen is [.., var last] ? last : 0).ToString(CultureInfo.InvariantCulture));
        using var response = await client.GetAsync(
            new Uri("/api/v1/stream", UriKind.Relative),
            HttpCompletionOption.ResponseHeadersRead,
            stop.Token
        );
        using var lines = new StreamReader(await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(stop.Token));
        var kind = "";
        while (await lines.ReadLineAsync(stop.Token) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                kind = line;
            else if (kind is "event: fact" && line.StartsWith("id: ", StringComparison.Ordinal))
            {
                lock (seen)
                    seen.Add(long.Parse(line.AsSpan(4), CultureInfo.InvariantCulture));
            }
        }
    }
}
