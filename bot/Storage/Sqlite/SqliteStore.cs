using System.Data.Common;
using System.Threading.Channels;
using Bot.Log;
using Microsoft.Data.Sqlite;

namespace Bot.Storage.Sqlite;

/// <summary>
/// The embedded store: WAL, <c>synchronous=FULL</c>, one writing connection shared by the desk and the side lane. The side
/// lane's writes are gathered into bounded batches and take their turn between two of the desk's, so that an alert storm
/// cannot starve a lease.
/// </summary>
internal sealed class SqliteStore : IStore, IDisposable
{
    private const int SideBatch = 256;

    private readonly string readConnection;
    private readonly FileStream exclusive;
    private readonly Channel<SideWrite> side = Channel.CreateUnbounded<SideWrite>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task sideLane;
    private readonly SqliteCheckpoint checkpoint;

    /// <exception cref="StoreInUseException">Another process serves this file.</exception>
    public SqliteStore(string connectionString)
    {
        var builder = new SqliteConnectionStringBuilder(connectionString);
        Path = System.IO.Path.GetFullPath(builder.DataSource);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        exclusive = TakeFile(Path);
        Writer = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path, Pooling = false }.ToString());
        try
        {
            Writer.Open();
            SqliteStatement.Execute(
                Writer.Handle!,
                "pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 0; pragma cache_size = -16384; pragma temp_store = memory;"
            );
        }
        catch
        {
            Writer.Dispose();
            exclusive.Dispose();
            throw;
        }

        readConnection = new SqliteConnectionStringBuilder { DataSource = Path, DefaultTimeout = 30 }.ToString();
        checkpoint = new SqliteCheckpoint(Path);
        sideLane = Task.Run(RunSideLaneAsync);
    }

    public string Path { get; }

    public Dialect Dialect => Dialect.Sqlite;

    /// <summary>Used only by who holds <see cref="Turn"/>.</summary>
    internal SqliteConnection Writer { get; }

    /// <summary>Whose turn it is to write. Waiters are served in order, so the desk and the side lane alternate.</summary>
    internal SemaphoreSlim Turn { get; } = new(1, 1);

    public async Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancel)
    {
        await using var connection = new SqliteConnection(readConnection);
        try
        {
            await connection.OpenAsync(cancel);
            return await read(connection);
        }
        catch (SqliteException e)
        {
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    public async Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var item = new SideWrite(
            async transaction =>
            {
                var result = await write(Writer, transaction);
                return () => done.TrySetResult(result);
            },
            e => done.TrySetException(e)
        );
        if (!side.Writer.TryWrite(item))
            throw new StoreUnavailableException("The store is closing.");
        return await done.Task.WaitAsync(cancel);
    }

    /// <summary>Called after each commit, while it is the caller's turn.</summary>
    internal void AfterCommit() => checkpoint.AfterCommit(Writer);

    // The container knows the store under two names and disposes it for each.
    public void Dispose()
    {
        if (!side.Writer.TryComplete())
            return;
        sideLane.Wait();
        checkpoint.Dispose();
        Writer.Dispose();
        SqliteConnection.ClearPool(new SqliteConnection(readConnection));
        Turn.Dispose();
        exclusive.Dispose();
    }

    private async Task RunSideLaneAsync()
    {
        var batch = new List<SideWrite>(SideBatch);
        while (await side.Reader.WaitToReadAsync())
        {
            await Turn.WaitAsync();
            try
            {
                batch.Clear();
                while (batch.Count < SideBatch && side.Reader.TryRead(out var item))
                    batch.Add(item);
                await CommitAsync(batch);
            }
            finally
            {
                Turn.Release();
            }
        }
    }

    private async Task CommitAsync(List<SideWrite> batch)
    {
        var answers = new List<(SideWrite Item, Action Answer)>(batch.Count);
        try
        {
            await using var transaction = Writer.BeginTransaction(deferred: false);
            foreach (var item in batch)
            {
                await transaction.SaveAsync("item");
                try
                {
                    answers.Add((item, await item.Run(transaction)));
                    await transaction.ReleaseAsync("item");
                }
                // One write that fails is refused alone; the others of the batch go on.
                catch (Exception e)
                {
                    await transaction.RollbackAsync("item");
                    item.Fail(e is SqliteException ? new StoreUnavailableException(e.Message, e) : e);
                }
            }

            await transaction.CommitAsync();
        }
        catch (Exception e)
        {
            var failure = new StoreUnavailableException(e.Message, e);
            foreach (var item in batch)
                item.Fail(failure);
            return;
        }

        AfterCommit();
        foreach (var (_, answer) in answers)
            answer();
    }

    /// <summary>Keeps every other process from writing to the database, until disposed.</summary>
    /// <exception cref="StoreInUseException">Another process serves this file.</exception>
    public static FileStream TakeFile(string database)
    {
        var path = database + ".lock";
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new StoreInUseException(path, e);
        }
    }

    private sealed record SideWrite(Func<DbTransaction, Task<Action>> Run, Action<Exception> Fail);
}

/// <summary>Another process has the SQLite file open for writing.</summary>
internal sealed class StoreInUseException(string lockFile, Exception inner)
    : Exception(
        $"Another process serves this database (it holds {lockFile}). Stop it, or talk to it with --server URL --token TOKEN.",
        inner
    );
