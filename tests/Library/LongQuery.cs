using Npgsql;

namespace Tests.Library;

/// <summary>A query that runs until it is ended, here or by somebody else; one that would hold up its connection's end is cancelled before that.</summary>
internal sealed class LongQuery : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly NpgsqlConnection connection;
    private readonly Task running;

    public LongQuery(string server, string sql)
    {
        connection = new NpgsqlConnection(server);
        connection.Open();
        running = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 }.ExecuteNonQueryAsync(stop.Token);
    }

    public bool IsRunning => !running.IsCompleted;

    public void Dispose()
    {
        stop.Cancel();
        ((IAsyncResult)running).AsyncWaitHandle.WaitOne();
        connection.Dispose();
        stop.Dispose();
    }
}
