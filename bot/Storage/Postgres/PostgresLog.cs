using System.Data;
using Bot.Alerts;
using Bot.Log;
using Npgsql;
using Runbooks.Running;

namespace Bot.Storage.Postgres;

/// <summary>
/// The log on PostgreSQL. One advisory transaction lock makes positions gapless over all nodes; <c>lock_timeout</c> and
/// <c>idle_in_transaction_session_timeout</c> keep a node that stalls inside its transaction from freezing the others.
/// </summary>
internal sealed class PostgresLog(PostgresStore store) : ILogStore, IDisposable
{
    public const string Channel = "incident_log";
    public const string OutboxChannel = "incident_outbox";

    // The lock's key is "incident" in ASCII.
    private const string LockAndHead = """
        select pg_advisory_xact_lock(7597118925727690356);
        select coalesce(max(position), 0) from events
        """;

    // pg_locks shows the key in two halves.
    private const string EndStalled = """
        select pg_terminate_backend(held.pid) from pg_locks held join pg_stat_activity session on session.pid = held.pid
        where held.locktype = 'advisory' and held.granted and held.objsubid = 1
          and held.database = (select oid from pg_database where datname = current_database())
          and (held.classid::bigint << 32) + held.objid::bigint = 7597118925727690356
          and session.wait_event = 'ClientRead' and session.query_start < clock_timestamp() - interval '4 seconds'
        """;

    private NpgsqlConnection? connection;

    public ILogTransaction Begin()
    {
        var kept = connection is { State: ConnectionState.Open };
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

    private Transaction BeginOnce()
    {
        // One that broke after its last transaction (the driver found out before we did) opens no other.
        if (connection is not { State: ConnectionState.Open })
            Drop();
        connection ??= store.OpenForDesk();
        return new Transaction(this, connection);
    }

    private StoreUnavailableException Unavailable(NpgsqlException e)
    {
        Drop();
        return new StoreUnavailableException(e.Message, e);
    }

    // A node that was stopped in the middle of sending a batch is neither idle nor running a statement, so no timeout of the
    // server's sees it (before PostgreSQL 17). Whoever waited in vain ends that session; its node looks up what became of it.
    private void EndStalledHolder()
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

    private void Drop()
    {
        connection?.Dispose();
        connection = null;
    }

    private sealed class Transaction : ILogTransaction
    {
        private readonly PostgresLog log;
        private readonly NpgsqlConnection connection;
        private readonly NpgsqlTransaction transaction;
        private bool broken;

        public Transaction(PostgresLog log, NpgsqlConnection connection)
        {
            this.log = log;
            this.connection = connection;
            transaction = connection.BeginTransaction();
            try
            {
                using var command = new NpgsqlCommand(LockAndHead, connection, transaction);
                using var reader = command.ExecuteReader();
                reader.NextResult();
                reader.Read();
                Head = reader.GetInt64(0);
            }
            catch
            {
                transaction.Dispose();
                throw;
            }
        }

        public long Head { get; }

        public int LastIncidentNumber => One("select coalesce(max(number), 0) from incidents", row => row.GetInt32(0));

        public IncidentRow? FindIncident(int number) =>
            One(
                "select version, hash, data from incidents where number = $1",
                row => new IncidentRow(row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetString(2)),
                number
            );

        public IReadOnlyList<LogEvent> ReadStream(StreamId stream) =>
            Many(
                "select position, version, type, happened_at, recorded_at, actor, incident, data, hash from events where stream = $1 order by version",
                row => new LogEvent(
                    row.GetInt64(0),
                    stream,
                    row.GetInt64(1),
                    row.GetString(2),
                    Micros.ToTime(row.GetInt64(3)),
                    Micros.ToTime(row.GetInt64(4)),
                    Actor.Parse(row.GetString(5)),
                    row.IsDBNull(6) ? null : row.GetInt32(6),
                    row.GetString(7),
                    row.GetFieldValue<byte[]>(8)
                ),
                stream.Value
            );

        public void FindAlerts(IReadOnlyCollection<AlertKey> keys, IDictionary<AlertKey, AlertState> found)
        {
            var rows = Many(
                """
                select a.source, a.fingerprint, a.firing, a.starts_at, a.ends_at, a.incident, a.episodes, a.first_seen, a.private
                from unnest($1, $2) as wanted(source, fingerprint)
                join alerts a on a.source = wanted.source and a.fingerprint = wanted.fingerprint
                """,
                row =>
                    (
                        Key: new AlertKey(row.GetString(0), row.GetString(1)),
                        State: new AlertState(
                            row.GetBoolean(2),
                            Micros.ToTime(row.GetInt64(3)),
                            row.IsDBNull(4) ? null : Micros.ToTime(row.GetInt64(4)),
                            row.IsDBNull(5) ? null : row.GetInt32(5),
                            row.GetInt32(6),
                            Micros.ToTime(row.GetInt64(7)),
                            row.GetBoolean(8)
                        )
                    ),
                keys.Select(key => key.Source).ToArray(),
                keys.Select(key => key.Fingerprint).ToArray()
            );
            foreach (var (key, state) in rows)
                found[key] = state;
        }

        public int? FindGroup(string source, string groupKey) =>
            One("select incident from alert_groups where source = $1 and group_key = $2", row => (int?)row.GetInt32(0), source, groupKey);

        public IReadOnlyList<(string Service, int Incident)> OpenServices() =>
            Many(
                "select data::json->>'service', number from incidents where is_open and data::json->>'service' is not null order by number",
                row => (row.GetString(0), row.GetInt32(1))
            );

        public LockBook LiveLocks() =>
            LockBook.Of(
                Many("select locks from runs where locks is not null", row => RunRows.Claims(row.GetString(0))).SelectMany(claims => claims)
            );

        public AnswerRow? FindAnswer(string caller, string id) =>
            One(
                "select content_hash, answer from answers where caller = $1 and id = $2",
                row => new AnswerRow(row.GetFieldValue<byte[]>(0), row.GetString(1)),
                caller,
                id
            );

        /// <summary>By the last thing that each commit adds under an id of its own.</summary>
        public bool Has(LogWrites writes) =>
            writes switch
            {
                { Events: [.., var row] } => Any("select 1 from events where position = $1 and hash = $2", row.Position, row.Hash),
                { Deliveries: [.., var row] } => Any("select 1 from deliveries where id = $1", row.Id),
                { Effects: [.., var row] } => Any("select 1 from effects where id = $1", row.Id),
                { Answers: [.., var row] } => Any("select 1 from answers where caller = $1 and id = $2", row.Caller, row.Id),
                _ => throw new InvalidOperationException("A commit of alerts has a delivery, one of incidents and runs has facts."),
            };

        public void Commit(LogWrites writes, Action<StoreUnavailableException?> flushed)
        {
            if (writes.IsEmpty)
            {
                flushed(null);
                return;
            }

            try
            {
                using var batch = PostgresBatch.For(writes, connection, transaction);
                batch.ExecuteNonQuery();
            }
            catch (NpgsqlException e) when (PostgresStore.IsOurs(e))
            {
                broken = true;
                throw new StoreUnavailableException(e.Message, e);
            }

            try
            {
                transaction.Commit();
            }
            catch (NpgsqlException e) when (PostgresStore.IsOurs(e))
            {
                broken = true;
                throw new CommitInDoubtException(e);
            }

            flushed(null);
        }

        public void Dispose()
        {
            try
            {
                transaction.Dispose();
            }
            catch (NpgsqlException)
            {
                broken = true;
            }

            if (broken)
                log.Drop();
        }

        private bool Any(string sql, params object[] arguments) => Many(sql, row => row.GetInt32(0), arguments).Count > 0;

        private T? One<T>(string sql, Func<NpgsqlDataReader, T> row, params object[] arguments) =>
            Many(sql, row, arguments).FirstOrDefault();

        private List<T> Many<T>(string sql, Func<NpgsqlDataReader, T> row, params object[] arguments)
        {
            using var command = new NpgsqlCommand(sql, connection, transaction);
            foreach (var argument in arguments)
                command.Parameters.Add(new NpgsqlParameter { Value = argument });
            try
            {
                var rows = new List<T>();
                using var reader = command.ExecuteReader();
                while (reader.Read())
                    rows.Add(row(reader));
                return rows;
            }
            catch (NpgsqlException e) when (PostgresStore.IsOurs(e))
            {
                broken = true;
                throw new StoreUnavailableException(e.Message, e);
            }
        }
    }
}
