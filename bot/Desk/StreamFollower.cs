using Bot.Log;
using Bot.Storage;

namespace Bot.Desk;

/// <summary>
/// A small book as this node knows it: loaded before the first request is served, kept current by following its stream on the
/// log, so that what one node decides holds on all of them within moments.
/// </summary>
/// <typeparam name="TBook">Immutable.</typeparam>
internal abstract partial class StreamFollower<TBook>(
    StreamId stream,
    TBook start,
    EventTable events,
    FactCatalog catalog,
    ILogSignal signal,
    TimeProvider time,
    ILogger logger
) : BackgroundService
    where TBook : class
{
    // A storm moves the log thousands of times a second; these books change a few times a day.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim turn = new(1, 1);
    private TBook book = start;
    private long version;

    public TBook Current => Volatile.Read(ref book);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await CatchUpAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Reads what was recorded since; afterwards <see cref="Current"/> holds everything committed before the call.</summary>
    public async Task CatchUpAsync(CancellationToken cancel)
    {
        await turn.WaitAsync(cancel);
        try
        {
            foreach (var logged in await events.OfStreamAsync(stream, version, cancel))
            {
                if (catalog.TryRead(logged.Type, logged.Data, out var fact))
                    Volatile.Write(ref book, Evolve(book, fact, logged.HappenedAt));
                version = logged.Version;
            }
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Folds one fact in; one of another family changes nothing.</summary>
    protected abstract TBook Evolve(TBook current, object fact, DateTimeOffset at);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var seen = signal.Position;
            try
            {
                await CatchUpAsync(stoppingToken);
                await Task.Delay(Pause, time, stoppingToken);
                await signal.WaitPastAsync(seen, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            // The edge of the loop: while the database is away the last known book holds.
            catch (Exception e)
            {
                Log.Lagging(logger, stream.Value, e);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public override void Dispose()
    {
        turn.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    private static partial class Log
    {
        [LoggerMessage(605, LogLevel.Warning, "Could not read the stream '{Stream}'; its last known state holds")]
        public static partial void Lagging(ILogger logger, string stream, Exception e);
    }
}
