using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Bot.Storage.Sqlite;

/// <summary>
/// Moves the write-ahead log into the database beside the writer: a checkpoint inside the writer (SQLite's default) is what
/// makes the long tail of commit times. A log that never falls silent is never found wholly moved, so it would grow for ever:
/// once it is longer than the limit, the writer moves the last pages itself and begins it anew.
/// </summary>
internal sealed class SqliteCheckpoint : IDisposable
{
    /// <summary>How long the log may grow before the writer begins it anew, in pages of 4 KiB (128 MB).</summary>
    public const int DefaultLimit = 32_768;

    // Of the limit: how much is moved at a time beside the writer.
    private const int Share = 4;

    // Of the limit: so little left is not worth another round.
    private const int Few = 64;
    private const int LookEvery = 16;

    private readonly int limit;
    private readonly SqliteConnection connection;
    private readonly SemaphoreSlim wanted = new(0, 1);
    private readonly CancellationTokenSource stop = new();
    private readonly Task loop;
    private volatile bool tooLong;
    private int commits;
    private int written;

    public SqliteCheckpoint(string path, int limit = DefaultLimit)
    {
        this.limit = limit;
        connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        // A connection that has not read yet does not know that there is a write-ahead log, and would move nothing.
        SqliteStatement.Execute(connection.Handle!, "select 1 from sqlite_schema");
        loop = Task.Run(RunAsync);
    }

    /// <summary>Called by the writer between two of its transactions.</summary>
    public void AfterCommit(SqliteConnection writer)
    {
        if (tooLong)
        {
            tooLong = false;
            Move(writer, SQLITE_CHECKPOINT_RESTART);
        }

        if (++commits % LookEvery != 0)
            return;
        written += PagesWritten(writer.Handle!);
        if (written < limit / Share || wanted.CurrentCount > 0)
            return;
        written = 0;
        wanted.Release();
    }

    public void Dispose()
    {
        stop.Cancel();
        loop.Wait();
        connection.Dispose();
        wanted.Dispose();
        stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await wanted.WaitAsync(stop.Token);
                tooLong = MoveAll() > limit;
            }
        }
        catch (OperationCanceledException)
        {
            // The store is closing.
        }
    }

    // While pages are moved others are written, fewer each time: what is left when the log is begun anew holds up the writer.
    private int MoveAll()
    {
        int length;
        int before;
        var left = int.MaxValue;
        do
        {
            before = left;
            (length, left) = Move(connection, SQLITE_CHECKPOINT_PASSIVE);
        } while (left > limit / Few && left < before);

        return length;
    }

    // Since the last time it was asked.
    private static int PagesWritten(sqlite3 database)
    {
        _ = sqlite3_db_status(database, SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, resetFlg: 1);
        return pages;
    }

    /// <returns>
    /// The length of the log in pages, and how many of them are not in the database yet; 0 where it could not be moved: a
    /// reader holds it back, or the disk is full. Nothing is lost then, the log only stays longer, and the next one tries again.
    /// </returns>
    private static (int Length, int Left) Move(SqliteConnection on, int mode) =>
        sqlite3_wal_checkpoint_v2(on.Handle!, "main", mode, out var length, out var moved) is SQLITE_OK ? (length, length - moved) : (0, 0);
}
