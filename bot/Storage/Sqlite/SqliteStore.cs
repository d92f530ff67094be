using System.Data.Common;
using Bot.Log;
using Microsoft.Data.Sqlite;

namespace Bot.Storage.Sqlite;

/// <summary>
/// The embedded store: one writing connection, shared by the desk and the side lane, and a write-ahead log that is flushed
/// beside it (<see cref="SqliteFlush"/>) before anybody is answered.
/// </summary>
internal sealed class SqliteStore : IStore, IDisposable
{
    private readonly string readConnection;
    private readonly FileStream exclusive;
    private readonly SqliteCheckpoint checkpoint;
    private bool closed;

    /// <exception cref="StoreInUseException">Another process serves this file.</exception>
    public SqliteStore(string connectionString)
    {
        var builder = new SqliteConnectionStringBuilder(connectionString);
        Path = System.IO.Path.GetFullPath(builder.DataSource);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        exclusive = TakeFile(Path);
        PrivateFile.Ensure(Path);
        Writer = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path, Pooling = false }.ToString());
        try
        {
            Writer.Open();
            // A page split makes SQLite walk over the whole cache at the commit, so a larger cache costs more than it brings.
            SqliteStatement.Execute(
                Writer.Handle!,
                "pragma journal_mode = wal; pragma synchronous = normal; pragma wal_autocheckpoint = 0; pragma cache_size = -16384; pragma temp_store = memory; select 1 from sqlite_schema;"
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
        Flush = new SqliteFlush(Path + "-wal");
        SideLane = new SqliteSideLane(this);
    }

    public string Path { get; }

    public Dialect Dialect => Dialect.Sqlite;

    /// <summary>What is written beside the log.</summary>
    internal SqliteSideLane SideLane { get; }

    /// <summary>What a commit waits for before it counts.</summary>
    internal SqliteFlush Flush { get; }

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

    public Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel) =>
        SideLane.WriteAsync(write, cancel);

    public async Task<T> WriteUnflushedAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel)
    {
        await Turn.WaitAsync(cancel);
        try
        {
            await using var transaction = Writer.BeginTransaction(deferred: false);
            // SQLite works on the calling thread: the turn never waits for anything else.
            var result = await write(Writer, transaction);
            transaction.Commit();
            return result;
        }
        catch (SqliteException e)
        {
            throw new StoreUnavailableException(e.Message, e);
        }
        finally
        {
            Turn.Release();
        }
    }

    /// <summary>Called after each commit, while it is the caller's turn.</summary>
    internal void AfterCommit() => checkpoint.AfterCommit(Writer);

    // The container knows the store under two names and disposes it for each.
    public void Dispose()
    {
        if (closed)
            return;
        closed = true;
        SideLane.Dispose();
        Flush.Dispose();
        checkpoint.Dispose();
        Writer.Dispose();
        SqliteConnection.ClearPool(new SqliteConnection(readConnection));
        Turn.Dispose();
        exclusive.Dispose();
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
}

/// <summary>Another process has the SQLite file open for writing.</summary>
internal sealed class StoreInUseException(string lockFile, Exception inner)
    : Exception(
        $"Another process serves this database (it holds {lockFile}). Stop it, or talk to it with --server URL --token TOKEN.",
        inner
    );
