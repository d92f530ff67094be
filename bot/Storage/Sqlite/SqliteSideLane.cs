using System.Data.Common;
using System.Threading.Channels;
using Bot.Log;
using Microsoft.Data.Sqlite;

namespace Bot.Storage.Sqlite;

/// <summary>
/// Writes that append no events: leases, claims, output, counts. They ride along with the desk's next commit, whose flush then
/// serves both, or make a commit of their own when the desk is idle. Each transaction takes a bounded number of them, so that
/// neither lane starves the other.
/// </summary>
internal sealed class SqliteSideLane : IDisposable
{
    private const int Most = 256;

    private readonly SqliteStore store;
    private readonly Channel<Write> waiting = Channel.CreateUnbounded<Write>();
    private readonly Task loop;

    public SqliteSideLane(SqliteStore store)
    {
        this.store = store;
        loop = Task.Run(RunAsync);
    }

    /// <returns>What <paramref name="write"/> returned, once it is on disk.</returns>
    /// <exception cref="StoreUnavailableException">The disk is full, or the store is closing.</exception>
    public async Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var item = new Write(
            async transaction =>
            {
                var result = await write(store.Writer, transaction);
                return () => done.TrySetResult(result);
            },
            e => done.TrySetException(e)
        );
        if (!waiting.Writer.TryWrite(item))
            throw new StoreUnavailableException("The store is closing.");
        return await done.Task.WaitAsync(cancel);
    }

    /// <summary>Runs what waits inside a transaction, while it is the caller's turn.</summary>
    /// <exception cref="StoreUnavailableException">The transaction is lost, and its riders have been told.</exception>
    public Riders Board(SqliteTransaction transaction)
    {
        var riders = new Riders();
        while (riders.Count < Most && waiting.Reader.TryRead(out var item))
        {
            try
            {
                Run(item, transaction, riders);
            }
            // A full disk takes the whole transaction back, and its savepoints with it.
            catch (Exception e)
            {
                var lost = new StoreUnavailableException(e.Message, e);
                item.Fail(lost);
                riders.Fail(lost);
                throw lost;
            }
        }

        return riders;
    }

    public void Dispose()
    {
        if (waiting.Writer.TryComplete())
            loop.Wait();
    }

    private async Task RunAsync()
    {
        while (await waiting.Reader.WaitToReadAsync())
        {
            await store.Turn.WaitAsync();
            try
            {
                // By now the desk may have taken them along.
                if (waiting.Reader.TryPeek(out _))
                    CommitWaiting();
            }
            finally
            {
                store.Turn.Release();
            }
        }
    }

    private void Run(Write item, SqliteTransaction transaction, Riders riders)
    {
        var database = store.Writer.Handle!;
        SqliteStatement.Execute(database, "savepoint rider");
        Action answer;
        try
        {
            // SQLite works on the calling thread: this has ended when it returns.
            answer = item.Run(transaction).GetAwaiter().GetResult();
        }
        // One write that fails is refused alone; the others go on.
        catch (Exception e)
        {
            SqliteStatement.Execute(database, "rollback to rider");
            item.Fail(e is SqliteException ? new StoreUnavailableException(e.Message, e) : e);
            return;
        }

        SqliteStatement.Execute(database, "release rider");
        riders.Add(item, answer);
    }

    private void CommitWaiting()
    {
        Riders? riders = null;
        try
        {
            store.Flush.MustBeWhole();
            using var transaction = store.Writer.BeginTransaction(deferred: false);
            riders = Board(transaction);
            transaction.Commit();
        }
        catch (Exception e)
        {
            riders ??= TakeOff();
            riders.Fail(new StoreUnavailableException(e.Message, e));
            return;
        }

        store.AfterCommit();
        store.Flush.After(riders.Arrive);
    }

    // Not even a transaction could be begun: those who wait are told, or they would wait for ever.
    private Riders TakeOff()
    {
        var riders = new Riders();
        while (waiting.Reader.TryRead(out var item))
            riders.Add(item, () => { });
        return riders;
    }

    internal sealed record Write(Func<DbTransaction, Task<Action>> Run, Action<Exception> Fail);

    /// <summary>Writes that share a transaction and learn with it what became of them.</summary>
    internal sealed class Riders
    {
        private readonly List<(Write Item, Action Answer)> all = [];

        public int Count => all.Count;

        public void Add(Write item, Action answer) => all.Add((item, answer));

        /// <param name="lost">Why what they wrote may not be on disk; null where it is.</param>
        public void Arrive(StoreUnavailableException? lost)
        {
            if (lost is not null)
            {
                Fail(lost);
                return;
            }

            foreach (var (_, answer) in all)
                answer();
        }

        public void Fail(Exception e)
        {
            foreach (var (item, _) in all)
                item.Fail(e);
        }
    }
}
