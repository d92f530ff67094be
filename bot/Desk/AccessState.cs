using Bot.Access;
using Bot.Log;
using Bot.Storage;

namespace Bot.Desk;

/// <summary>
/// The access book as this node knows it: loaded before the first request is served, kept current by following the log, so
/// that a user removed on one node is out on all of them.
/// </summary>
internal sealed partial class AccessState(
    EventTable events,
    FactCatalog catalog,
    ILogSignal signal,
    LocalToken local,
    TimeProvider time,
    ILogger<AccessState> logger
) : BackgroundService
{
    // A storm moves the log thousands of times a second; who may do what changes a few times a day.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim turn = new(1, 1);
    private AccessBook book = local.AddTo(AccessBook.Empty);
    private long version;

    public AccessBook Current => Volatile.Read(ref book);

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
            foreach (var logged in await events.OfStreamAsync(StreamId.Access, version, cancel))
            {
                if (catalog.TryRead(logged.Type, logged.Data, out var fact) && fact is AccessFact access)
                    Volatile.Write(ref book, AccessBook.Evolve(book, access, logged.HappenedAt));
                version = logged.Version;
            }
        }
        finally
        {
            turn.Release();
        }
    }

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
                Log.Lagging(logger, e);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public override void Dispose()
    {
        turn.Dispose();
        base.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(610, LogLevel.Warning, "Could not read who may do what; the last known state holds")]
        public static partial void Lagging(ILogger logger, Exception e);
    }
}
