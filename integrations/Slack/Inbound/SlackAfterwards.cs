using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Integrations.Slack.Inbound;

/// <summary>What follows an acknowledgement at once: it must not hold the acknowledgement up, and is ended in order at a stop.</summary>
internal sealed partial class SlackAfterwards(ILogger<SlackAfterwards> logger) : IHostedService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<Task, bool> running = new();

    public void Begin(Func<CancellationToken, Task> work)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        running[ended.Task] = true;
        _ = Task.Run(async () =>
        {
            await RunAsync(work);
            running.TryRemove(ended.Task, out _);
            ended.SetResult();
        });
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(running.Keys).WaitAsync(cancellationToken);

    private async Task RunAsync(Func<CancellationToken, Task> work)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            await work(limit.Token);
        }
        // The edge: nobody waits for it but the person, who sees that nothing came.
        catch (Exception e)
        {
            Log.Failed(logger, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(721, LogLevel.Warning, "What follows an acknowledgement to Slack failed")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
