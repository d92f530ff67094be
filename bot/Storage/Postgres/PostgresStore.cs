using System.Data.Common;
using Bot.Log;
using Dapper;
using Npgsql;

namespace Bot.Storage.Postgres;

/// <summary>The shared store of several nodes. Side-lane writes take their own connections: they never wait for the log's lock.</summary>
internal sealed class PostgresStore(string connectionString) : IStore, IAsyncDisposable, IDisposable
{
    // Both ends notice within seconds that the other is gone: a node that vanished or stalls gives its locks back. Sent with
    // the start of the session, so that they hold again after the pool's reset.
    private const string Limits =
        "-c lock_timeout=5s -c idle_in_transaction_session_timeout=5s -c statement_timeout=30s"
        + " -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3";

    /// <summary>With the session's limits and names that an administrator recognizes.</summary>
    public string ConnectionString { get; } = WithLimits(connectionString);

    public NpgsqlDataSource Source { get; } = NpgsqlDataSource.Create(WithLimits(connectionString));

    public Dialect Dialect => Dialect.Postgres;

    public async Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancel)
    {
        try
        {
            await using var connection = await Source.OpenConnectionAsync(cancel);
            return await read(connection);
        }
        catch (NpgsqlException e) when (IsOurs(e))
        {
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    public async Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel)
    {
        try
        {
            await using var connection = await Source.OpenConnectionAsync(cancel);
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            var result = await write(connection, transaction);
            await transaction.CommitAsync(cancel);
            return result;
        }
        catch (NpgsqlException e) when (IsOurs(e))
        {
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    public Task<T> WriteUnflushedAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel) =>
        WriteAsync(
            async (connection, transaction) =>
            {
                await connection.ExecuteAsync("set local synchronous_commit = off", transaction: transaction);
                return await write(connection, transaction);
            },
            cancel
        );

    public void Dispose() => Source.Dispose();

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    /// <summary>
    /// A lost connection, a server that starts or stops (class 57), full disk or memory (53), a lock that was not to be had
    /// (55): all pass. What is left, as class 23, is the fault of what was written.
    /// </summary>
    public static bool IsOurs(Exception e) =>
        e is PostgresException postgres
            ? postgres.SqlState[..2] is "08" or "53" or "55" or "57" or "58" or "25" or "40"
            : e is NpgsqlException;

    private static string WithLimits(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            TcpKeepAlive = true,
            TcpKeepAliveTime = 5,
            TcpKeepAliveInterval = 2,
            MaxAutoPrepare = 50,
            AutoPrepareMinUsages = 2,
        };
        settings.ApplicationName ??= "incident";
        // What the operator asks for comes last and wins.
        settings.Options = $"{Limits} {settings.Options}".Trim();
        return settings.ToString();
    }
}
