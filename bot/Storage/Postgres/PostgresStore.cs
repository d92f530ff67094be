using System.Data.Common;
using Bot.Log;
using Npgsql;

namespace Bot.Storage.Postgres;

/// <summary>The shared store of several nodes. Side-lane writes take their own connections: they never wait for the log's lock.</summary>
internal sealed class PostgresStore(string connectionString) : IStore, IAsyncDisposable, IDisposable
{
    // Both ends notice within seconds that the other is gone: a node that vanished or stalls gives its locks back. Sent with
    // the start of the session.
    private const string Limits =
        "-c lock_timeout=5s -c idle_in_transaction_session_timeout=5s -c statement_timeout=30s"
        + " -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3";

    // Every statement of the desk finds its rows by their keys. A planner that has not seen the tables' figures yet, as in a
    // storm on a young database, would read whole tables instead: what one alert costs must not grow with what is stored.
    private const string ByKeysOnly =
        "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off -c plan_cache_mode=force_generic_plan";

    private readonly NpgsqlDataSource unflushed = NpgsqlDataSource.Create(WithLimits(connectionString, "-c synchronous_commit=off"));

    public NpgsqlDataSource Source { get; } = NpgsqlDataSource.Create(WithLimits(connectionString));

    /// <summary>A session for the desk alone; closed, it ends.</summary>
    public NpgsqlConnection OpenForDesk()
    {
        var connection = new NpgsqlConnection(Alone(WithLimits(connectionString, ByKeysOnly)));
        connection.Open();
        return connection;
    }

    /// <summary>A session that listens; closed, it ends.</summary>
    public async Task<NpgsqlConnection> OpenToListenAsync(CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(Alone(WithLimits(connectionString)));
        await connection.OpenAsync(cancel);
        return connection;
    }

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

    public Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel) =>
        WriteAsync(Source, write, cancel);

    public Task<T> WriteUnflushedAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel) =>
        WriteAsync(unflushed, write, cancel);

    public void Dispose()
    {
        Source.Dispose();
        unflushed.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await unflushed.DisposeAsync();
    }

    /// <summary>
    /// A lost connection, a server that starts or stops (class 57), full disk or memory (53), a lock that was not to be had
    /// (55): all pass. What is left, as class 23, is the fault of what was written.
    /// </summary>
    public static bool IsOurs(Exception e) =>
        e is PostgresException postgres
            ? postgres.SqlState[..2] is "08" or "53" or "55" or "57" or "58" or "25" or "40"
            : e is NpgsqlException;

    private static async Task<T> WriteAsync<T>(
        NpgsqlDataSource source,
        Func<DbConnection, DbTransaction, Task<T>> write,
        CancellationToken cancel
    )
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancel);
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

    private static string Alone(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ToString();

    private static string WithLimits(string connectionString, string more = "")
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            TcpKeepAlive = true,
            TcpKeepAliveTime = 5,
            TcpKeepAliveInterval = 2,
            MaxAutoPrepare = 50,
            AutoPrepareMinUsages = 2,
            // Nothing that is done on a pooled session outlasts its transaction, so there is nothing to reset.
            NoResetOnClose = true,
        };
        settings.ApplicationName ??= "incident";
        // What the operator asks for comes last and wins.
        settings.Options = $"{Limits} {more} {settings.Options}".Trim();
        return settings.ToString();
    }
}
