using System.Data;
using Bot.Log;
using Npgsql;

namespace Bot.Storage.Postgres;

/// <summary>
/// The log on PostgreSQL. One advisory transaction lock makes positions gapless over all nodes; <c>lock_timeout</c> and
/// <c>idle_in_transaction_session_timeout</c> keep a node that stalls inside its transaction from freezing the others.
/// </summary>
internal sealed class PostgresLog(PostgresStore store) : ILogStore, IDisposable
{
    public const string Channel = "incident_log";
    public const string OutboxChannel = "incident_outbox";

    /// <summary>Takes the lock that the log has in all nodes; the key is "incident" in ASCII.</summary>
    public const string Lock = "select pg_advisory_xact_lock(7597118925727690356)";

    // pg_locks shows the key in two halves.
    private const string EndStalled = """
        select pg_terminate_backend(held.pid) from pg_locks held join pg_stat_activity session on session.pid = held.pid
        where held.locktype = 'advisory' and held.granted and held.objsubid = 1
          and held.database = (select oid from pg_database where datname = current_database())
          and (held.classid::bigint << 32) + held.objid::bigint = 7597118925727690356
          and session.wait_event = 'ClientRead' and session.query_start < clock_timestamp() - interval '4 seconds'
        """;

    // After another node's commit the head is looked up first this many times: where two nodes write in turn, presuming it
    // would only mean to decide everything twice.
    private const int Caution = 32;

    // So many look-ups in a row found none of the alerts that came: a storm of new ones. Once one of them was not new, it takes long until
    // that is believed again: what fails is decided twice, and stands in the server's own log as an error.
    private const int Storm = 8;
    private const int AfterRepeat = 1024;

    private NpgsqlConnection? connection;
    private int cautious;
    private int untilStorm = Storm;

    public ILogTransaction Begin(long known)
    {
        var kept = connection is { State: ConnectionState.Open };
        if (known >= 0 && kept && cautious == 0)
            return new PostgresTransaction(this, connection!, known);
        var transaction = BeginLocked(kept);
        cautious = transaction.Head == known || known < 0 ? Math.Max(0, cautious - 1) : Caution;
        return transaction;
    }

    public bool WasCommitted(LogWrites writes)
    {
        Drop();
        try
        {
            // Under the lock: a commit that is still under way in the server has ended, one way or the other, before we look.
            using var transaction = BeginOnce();
            return transaction.Has(writes);
        }
        catch (NpgsqlException e)
        {
            throw Unavailable(e);
        }
    }

    public void Dispose() => Drop();

    /// <summary>Whether it may be taken for new without asking. Hardly a command comes twice; of alerts it depends on what has come.</summary>
    public bool MayPresume(LogWants wanted) => !wanted.HasAlerts || untilStorm == 0;

    /// <summary>What a look-up found says what those to come will be.</summary>
    public void Learn(LogWants wanted, LogFound found)
    {
        if (found.Alerts.Count > 0 || found.Groups.Count > 0)
            untilStorm = Math.Max(untilStorm, Storm);
        else if (wanted.HasAlerts)
            untilStorm = Math.Max(0, untilStorm - 1);
    }

    /// <summary>Alerts were taken for new in vain.</summary>
    public void LookUpAlerts() => untilStorm = AfterRepeat;

    /// <summary>Another node has written, or something came again: for a while nothing is presumed.</summary>
    public void BeCautious() => cautious = Caution;

    /// <summary>Ends the session; the next transaction has another one.</summary>
    public void Drop()
    {
        connection?.Dispose();
        connection = null;
    }

    /// <summary>
    /// A node that was stopped in the middle of sending a batch is neither idle nor running a statement, so no timeout of the
    /// server's sees it (before PostgreSQL 17). Whoever waited in vain ends that session; its node looks up what became of it.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The server cannot be asked.</exception>
    public void EndStalledHolder()
    {
        try
        {
            using var fresh = store.Source.OpenConnection();
            using var command = new NpgsqlCommand(EndStalled, fresh);
            command.ExecuteNonQuery();
        }
        catch (NpgsqlException e)
        {
            throw Unavailable(e);
        }
    }

    private PostgresTransaction BeginLocked(bool kept)
    {
        try
        {
            return BeginOnce();
        }
        // A kept session may have ended while it was idle (a restart, an administrator): nothing was sent on it that counts.
        catch (NpgsqlException e) when (kept && e is not PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable })
        {
            Drop();
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable)
        {
            Drop();
            EndStalledHolder();
        }
        catch (NpgsqlException e)
        {
            throw Unavailable(e);
        }

        try
        {
            return BeginOnce();
        }
        catch (NpgsqlException e)
        {
            throw Unavailable(e);
        }
    }

    private PostgresTransaction BeginOnce()
    {
        // One that broke after its last transaction (the driver found out before we did) opens no other.
        if (connection is not { State: ConnectionState.Open })
            Drop();
        connection ??= store.OpenForDesk();
        return new PostgresTransaction(this, connection);
    }

    private StoreUnavailableException Unavailable(NpgsqlException e)
    {
        Drop();
        return new StoreUnavailableException(e.Message, e);
    }
}
