namespace Bot.Storage;

/// <summary>Section <c>Retention</c> of the settings: how long is kept what is no fact. The log itself is kept for ever.</summary>
internal sealed record RetentionOptions
{
    /// <summary>Requests that carried alerts, with body and trace.</summary>
    public TimeSpan Deliveries { get; init; } = TimeSpan.FromDays(30);

    /// <summary>For so long a repeat with the same id gets the first answer.</summary>
    public TimeSpan Answers { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Lines and artifacts of runs, from the end of the run.</summary>
    public TimeSpan Output { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Effects that were carried out; those given up are kept until somebody looks after them.</summary>
    public TimeSpan Effects { get; init; } = TimeSpan.FromDays(7);
}

/// <summary>
/// Forgets what is older than the settings say. In small batches with a rest between them: it shares the way to the disk with
/// heartbeats and alerts. Of several nodes one does it, which the lease decides.
/// </summary>
internal sealed partial class Retention(
    DeliveryTable deliveries,
    AnswerTable answers,
    OutputTable output,
    ArtifactTable artifacts,
    EffectTable effects,
    GaugeTable gauges,
    LeaseTable leases,
    NodeLease node,
    RetentionOptions options,
    TimeProvider time,
    ILogger<Retention> logger
) : BackgroundService
{
    public const int Batch = 500;
    private const string LeaseName = "retention";
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    // A process that was stopped for so long has long lost what it drove.
    private static readonly TimeSpan GoneNodes = TimeSpan.FromDays(1);
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(100);

    /// <summary>One walk over everything.</summary>
    /// <returns>How many rows went.</returns>
    public async Task<int> SweepAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var gone = await AllAsync(limit => deliveries.PruneAsync(now - options.Deliveries, limit, cancel), cancel);
        gone += await AllAsync(limit => answers.PruneAsync(now - options.Answers, limit, cancel), cancel);
        gone += await AllAsync(limit => output.PruneAsync(now - options.Output, limit, cancel), cancel);
        gone += await AllAsync(limit => artifacts.PruneAsync(now - options.Output, limit, cancel), cancel, ArtifactTable.Batch);
        gone += await AllAsync(limit => effects.PruneAsync(now - options.Effects, limit, cancel), cancel);
        gone += await leases.PruneNodesAsync(GoneNodes, cancel);
        return gone + await gauges.PruneProbesAsync(cancel);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TrySweepAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The bot stops; what is left goes another time.
        }
    }

    private async Task TrySweepAsync(CancellationToken cancel)
    {
        try
        {
            if (await leases.TakeAsync(LeaseName, node.Name, Every, cancel) is null)
                return;
            if (await SweepAsync(cancel) is > 0 and var gone)
                Log.Forgotten(logger, gone);
        }
        // The edge of the loop: it is tried again the next time.
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            Log.Failed(logger, e);
        }
    }

    private async Task<int> AllAsync(Func<int, Task<int>> prune, CancellationToken cancel, int batch = Batch)
    {
        var all = 0;
        while (true)
        {
            var gone = await prune(batch);
            all += gone;
            if (gone < batch)
                return all;
            await Task.Delay(Rest, time, cancel);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(640, LogLevel.Information, "Forgot {Rows} rows that are older than the settings of Retention say")]
        public static partial void Forgotten(ILogger logger, int rows);

        [LoggerMessage(641, LogLevel.Warning, "What is older than the settings of Retention say could not be forgotten now")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
