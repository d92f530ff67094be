using Bot.Storage;

namespace Bot.Observability;

/// <summary>
/// Proves every few seconds that the database takes writes, and reads the gauges. A full disk or a lost database is shown
/// loudly, and taken back by itself when the cause is gone.
/// </summary>
internal sealed partial class StoreWatch(GaugeTable table, StoreHealth health, Gauges gauges, TimeProvider time, ILogger<StoreWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan WhileWell = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WhileIll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string node = $"{Environment.MachineName}/{Environment.ProcessId}";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await LookAsync(stoppingToken);
            await Task.Delay(health.IsWell ? WhileWell : WhileIll, time, stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            await table.ProbeAsync(node, either.Token);
            gauges.Latest = await table.ReadAsync(either.Token);
            if (health.Well())
                Log.Well(logger);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return;
        }
        // The edge of the loop: whatever the database throws means the same here.
        catch (Exception e)
        {
            var reason = e is OperationCanceledException ? $"it did not answer within {Patience.TotalSeconds:0} s" : FirstLine(e.Message);
            if (health.Ill(reason))
                Log.Ill(logger, reason, e);
        }
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].Trim();

    private static partial class Log
    {
        [LoggerMessage(620, LogLevel.Critical, "The database does not take writes: {Reason}. Alerts are answered 503 until it does")]
        public static partial void Ill(ILogger logger, string reason, Exception e);

        [LoggerMessage(621, LogLevel.Warning, "The database takes writes again")]
        public static partial void Well(ILogger logger);
    }
}
