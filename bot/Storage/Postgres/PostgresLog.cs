using System.Data;
using Bot.Alerts;
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

    /// <summary>"incident" in ASCII: the key of the log's lock.</summary>
    private const long LockKey = 0x696e636964656e74;

    private const string LockAndHead = """
        select pg_advisory_xact_lock(7597118925727690356);
        select coalesce(max(position), 0) from events
        """;

    private NpgsqlConnection? connection;

    public ILogTransaction Begin()
    {
        try
        {
            return new Transaction(this, Open());
        }
        catch (NpgsqlException e)
        {
            Drop();
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    public bool WasCommitted(LogWrites writes)
    {
        Drop();
        try
        {
            using var fresh = Open();
            using var transaction = fresh.BeginTransaction();
            // Under the lock: a commit that is still under way in the server has ended, one way or the other, before we look.
            using var command = new NpgsqlCommand("select pg_advisory_xact_lock($1)", fresh, transaction)
            {
                Parameters = { new() { Value = LockKey } },
            };
            command.ExecuteNonQuery();
            using var look = new NpgsqlCommand("", fresh, transaction);
            if (writes.Events.Count > 0)
            {
                look.CommandText = "select exists (select from events where position = $1 and hash = $2)";
                look.Parameters.Add(new() { Value = writes.Events[^1].Position });
                look.Parameters.Add(new() { Value = writes.Events[^1].Hash });
            }
            else if (writes.Deliveries.Count > 0)
            {
                look.CommandText = "select exists (select from deliveries where id = $1)";
                look.Parameters.Add(new() { Value = writes.Deliveries[^1].Id });
            }
            else
            {
                return false;
            }

            return look.ExecuteScalar() is true;
        }
        catch (NpgsqlException e)
        {
            Drop();
            throw new StoreUnavailableException("The database went away during a commit; what was asked may have been recorded.", e);
        }
        finally
        {
            Drop();
        }
    }

    public void Dispose() => Drop();

    private NpgsqlConnection Open()
    {
        if (connection is { State: ConnectionState.Open })
            return connection;
        Drop();
        connection = store.Source.OpenConnection();
        using var settings = new NpgsqlCommand(
            "set lock_timeout = '5s'; set idle_in_transaction_session_timeout = '5s'; set statement_timeout = '30s'",
            connection
        );
        settings.ExecuteNonQuery();
        return connection;
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
                select a.source, a.fingerprint, a.firing, a.starts_at, a.ends_at, a.incident, a.episodes, a.first_seen
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
                            Micros.ToTime(row.GetInt64(7))
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

        public AnswerRow? FindAnswer(string caller, string id) =>
            One(
                "select content_hash, answer from answers where caller = $1 and id = $2",
                row => new AnswerRow(row.GetFieldValue<byte[]>(0), row.GetString(1)),
                caller,
                id
            );

        public void Commit(LogWrites writes)
        {
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
