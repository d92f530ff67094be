using Bot.Alerts;
using Bot.Log;
using Npgsql;
using Runbooks.Running;

namespace Bot.Storage.Postgres;

/// <summary>
/// Taken and given back with the statements that need it: reads and the lock are one round trip, and so are writes and the
/// commit; where nothing has to be read, all of it is.
/// </summary>
internal sealed class PostgresTransaction : ILogTransaction
{
    private const string NewestPosition = "select coalesce(max(position), 0) from events";

    // Fails where the head is another one.
    private const string HeadIs = "select 1 / (coalesce(max(position), 0) = $1)::int from events";

    private readonly PostgresLog log;
    private readonly NpgsqlConnection connection;

    // Holds the log's lock, and Head is what is there.
    private bool open;

    // Taken for new, and not looked up.
    private LogWants? presumed;
    private bool broken;

    /// <summary>With the lock.</summary>
    /// <exception cref="NpgsqlException">It was not to be had.</exception>
    public PostgresTransaction(PostgresLog log, NpgsqlConnection connection)
        : this(log, connection, -1) => Read([]);

    /// <summary>Presumes the head; the lock is taken when something is read or written.</summary>
    public PostgresTransaction(PostgresLog log, NpgsqlConnection connection, long presumed)
    {
        this.log = log;
        this.connection = connection;
        Head = presumed;
    }

    public long Head { get; private set; }

    public bool IsSure => open && presumed is null;

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

    public LogFound Find(LogWants wanted)
    {
        // The server is not asked; it says so at the commit if something came before.
        if (!open && log.MayPresume(wanted))
        {
            presumed ??= new LogWants();
            presumed.Add(wanted);
            return new LogFound();
        }

        var found = new LogFound();
        var lookups = new List<Lookup>(3);
        if (wanted.Alerts.Count > 0)
            lookups.Add(FindAlerts(wanted.Alerts, found));
        if (wanted.Groups.Count > 0)
            lookups.Add(FindGroups(wanted.Groups, found));
        if (wanted.Answers.Count > 0)
            lookups.Add(FindAnswers(wanted.Answers, found));
        Guarded(lookups);
        log.Learn(wanted, found);
        return found;
    }

    public IReadOnlyList<(string Service, int Incident)> OpenServices() =>
        Many(
            "select data::json->>'service', number from incidents where is_open and data::json->>'service' is not null order by number",
            row => (row.GetString(0), row.GetInt32(1))
        );

    public LockBook LiveLocks() =>
        LockBook.Of(
            Many("select locks from runs where locks is not null", row => RunRows.Claims(row.GetString(0))).SelectMany(claims => claims)
        );

    /// <summary>By the last thing that each commit adds under an id of its own.</summary>
    public bool Has(LogWrites writes) =>
        writes switch
        {
            { Events: [.., var row] } => Any("select 1 from events where position = $1 and hash = $2", row.Position, row.Hash),
            { Deliveries: [.., var row] } => Any("select 1 from deliveries where id = $1", row.Id),
            { Effects: [.., var row] } => Any("select 1 from effects where id = $1", row.Id),
            // Of the same command there may be an earlier answer.
            { Answers: [.., var row] } => Any(
                "select 1 from answers where caller = $1 and id = $2 and at = $3 and answer = $4",
                row.Caller,
                row.Id,
                row.At,
                row.Answer
            ),
            _ => throw new InvalidOperationException("A commit of alerts has a delivery, one of incidents and runs has facts."),
        };

    public void Commit(LogWrites writes, Action<StoreUnavailableException?> flushed)
    {
        // What was decided on that alone would be remembered, and nothing would have said whether it holds.
        if (presumed is not null && !presumed.IsWrittenAsNew(writes))
            throw InVain(null);
        if (writes.IsEmpty)
        {
            // What was answered from memory is right if nobody has written since.
            if (!open)
                Guarded([]);
            flushed(null);
            return;
        }

        using var batch = new NpgsqlBatch(connection);
        if (!open)
            TakeLock(batch, Command(HeadIs, Head));
        PostgresBatch.Add(batch, writes);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
        try
        {
            batch.ExecuteNonQuery();
            open = false;
        }
        // The server ran nothing of what follows, least of all the commit.
        catch (PostgresException e) when (e.InvariantSeverity is "ERROR")
        {
            throw Failed(e);
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
        if (open && !broken)
        {
            try
            {
                using var rollback = new NpgsqlCommand("rollback", connection);
                rollback.ExecuteNonQuery();
            }
            catch (NpgsqlException)
            {
                broken = true;
            }
        }

        open = false;
        if (broken)
            log.Drop();
    }

    private static Lookup FindAlerts(HashSet<AlertKey> keys, LogFound found) =>
        ByPairs(
            """
            select a.source, a.fingerprint, a.firing, a.starts_at, a.ends_at, a.incident, a.episodes, a.first_seen, a.private
            from unnest($1, $2) as wanted(source, fingerprint)
            join alerts a on a.source = wanted.source and a.fingerprint = wanted.fingerprint
            """,
            keys.Select(key => (key.Source, key.Fingerprint)),
            row =>
                found.Alerts[new AlertKey(row.GetString(0), row.GetString(1))] = new AlertState(
                    row.GetBoolean(2),
                    Micros.ToTime(row.GetInt64(3)),
                    row.IsDBNull(4) ? null : Micros.ToTime(row.GetInt64(4)),
                    row.IsDBNull(5) ? null : row.GetInt32(5),
                    row.GetInt32(6),
                    Micros.ToTime(row.GetInt64(7)),
                    row.GetBoolean(8)
                )
        );

    private static Lookup FindGroups(HashSet<(string Source, string GroupKey)> keys, LogFound found) =>
        ByPairs(
            """
            select g.source, g.group_key, g.incident from unnest($1, $2) as wanted(source, group_key)
            join alert_groups g on g.source = wanted.source and g.group_key = wanted.group_key
            """,
            keys,
            row => found.Groups[(row.GetString(0), row.GetString(1))] = row.GetInt32(2)
        );

    private static Lookup FindAnswers(HashSet<(string Caller, string Id)> keys, LogFound found) =>
        ByPairs(
            """
            select a.caller, a.id, a.content_hash, a.answer from unnest($1, $2) as wanted(caller, id)
            join answers a on a.caller = wanted.caller and a.id = wanted.id
            """,
            keys,
            row => found.Answers[(row.GetString(0), row.GetString(1))] = new AnswerRow(row.GetFieldValue<byte[]>(2), row.GetString(3))
        );

    private static Lookup ByPairs(string sql, IEnumerable<(string First, string Second)> keys, Action<NpgsqlDataReader> row)
    {
        var pairs = keys.ToList();
        return new Lookup(
            Command(sql, pairs.ConvertAll(pair => pair.First).ToArray(), pairs.ConvertAll(pair => pair.Second).ToArray()),
            row
        );
    }

    private bool Any(string sql, params object[] arguments) => Many(sql, row => row.GetInt32(0), arguments).Count > 0;

    private T? One<T>(string sql, Func<NpgsqlDataReader, T> row, params object[] arguments) => Many(sql, row, arguments).FirstOrDefault();

    private List<T> Many<T>(string sql, Func<NpgsqlDataReader, T> row, params object[] arguments)
    {
        var rows = new List<T>();
        Guarded([new Lookup(Command(sql, arguments), read => rows.Add(row(read)))]);
        return rows;
    }

    private void Guarded(IReadOnlyCollection<Lookup> lookups)
    {
        try
        {
            Read(lookups);
        }
        catch (NpgsqlException e)
        {
            throw Failed(e);
        }
    }

    // Takes the lock with the first look-ups.
    private void Read(IReadOnlyCollection<Lookup> lookups)
    {
        using var batch = new NpgsqlBatch(connection);
        if (!open)
            TakeLock(batch, Command(NewestPosition));
        foreach (var lookup in lookups)
            batch.BatchCommands.Add(lookup.Command);
        using var reader = batch.ExecuteReader();
        if (!open)
        {
            reader.NextResult();
            reader.Read();
            var head = reader.GetInt64(0);
            open = true;
            if (Head >= 0 && head != Head)
            {
                log.BeCautious();
                throw new BeginAgainException();
            }

            Head = head;
            reader.NextResult();
        }

        foreach (var lookup in lookups)
        {
            while (reader.Read())
                lookup.Row(reader);
            reader.NextResult();
        }
    }

    // What it means to whoever decided: begin again, come again later, or that what was written is at fault.
    private Exception Failed(NpgsqlException e)
    {
        var unlocked = !open;
        // The server may have begun: it is to be rolled back.
        open = true;
        if (unlocked && IsPresumedInVain(e))
            return new BeginAgainException(e);
        if (
            presumed is not null
            && e
                is PostgresException
                {
                    SqlState: PostgresErrorCodes.UniqueViolation,
                    TableName: "answers" or "alerts" or "alert_groups"
                } again
        )
            return InVain(again);
        if (!PostgresStore.IsOurs(e))
            return e;
        broken = true;
        return new StoreUnavailableException(e.Message, e);
    }

    // Whoever presumed finds out with the first statement what the others find out at their beginning.
    private bool IsPresumedInVain(NpgsqlException e)
    {
        switch (e)
        {
            case PostgresException { SqlState: PostgresErrorCodes.DivisionByZero }:
                log.BeCautious();
                return true;
            case PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable }:
                broken = true;
                log.EndStalledHolder();
                return true;
            case PostgresException { InvariantSeverity: "ERROR" }:
                return false;
            // The session had ended while it was idle.
            default:
                broken = true;
                return true;
        }
    }

    // Where something comes again, more may.
    private BeginAgainException InVain(PostgresException? e)
    {
        log.BeCautious();
        if (e is not { TableName: "answers" })
            log.LookUpAlerts();
        return new BeginAgainException(e);
    }

    private static void TakeLock(NpgsqlBatch batch, NpgsqlBatchCommand andHead)
    {
        batch.BatchCommands.Add(new NpgsqlBatchCommand("begin"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(PostgresLog.Lock));
        batch.BatchCommands.Add(andHead);
    }

    private static NpgsqlBatchCommand Command(string sql, params object[] arguments)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var argument in arguments)
            command.Parameters.Add(new NpgsqlParameter { Value = argument });
        return command;
    }

    private sealed record Lookup(NpgsqlBatchCommand Command, Action<NpgsqlDataReader> Row);
}
