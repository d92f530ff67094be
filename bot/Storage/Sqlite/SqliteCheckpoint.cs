using Microsoft.Data.Sqlite;

namespace Bot.Storage.Sqlite;

/// <summary>
/// Moves the write-ahead log into the database beside the writer: a checkpoint inside the writer (SQLite's default) is what
/// makes the long tail of commit times. Only when the log outgrows <see cref="Limit"/> does the writer wait for one.
/// </summary>
internal sealed class SqliteCheckpoint : IDisposable
{
    private const long Enough = 32L << 20;
    private const long Limit = 128L << 20;

    private readonly FileInfo wal;
    private readonly SqliteConnection connection;
    private readonly SemaphoreSlim wanted = new(0, 1);
    private readonly CancellationTokenSource stop = new();
    private readonly Task loop;
    private int commits;

    public SqliteCheckpoint(string path)
    {
        wal = new FileInfo(path + "-wal");
        connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        loop = Task.Run(RunAsync);
    }

    public void AfterCommit(SqliteConnection writer)
    {
        // The file's length is asked for seldom: it costs a system call.
        if (++commits % 64 != 0)
            return;
        wal.Refresh();
        if (!wal.Exists || wal.Length < Enough)
            return;
        if (wal.Length > Limit)
            Checkpoint(writer, "restart");
        else if (wanted.CurrentCount == 0)
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
                Checkpoint(connection, "passive");
            }
        }
        catch (OperationCanceledException)
        {
            // The store is closing.
        }
    }

    private static void Checkpoint(SqliteConnection on, string mode)
    {
        using var command = on.CreateCommand();
        command.CommandText = $"pragma wal_checkpoint({mode})";
        try
        {
            command.ExecuteNonQuery();
        }
        catch (SqliteException)
        {
            // A reader holds it back, or the disk is full: nothing is lost, the log only stays longer. The next one tries again.
        }
    }
}
