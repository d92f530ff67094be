using System.Text.Json;
using Bot.Alerts;
using Bot.Incidents;
using Bot.Log;
using Runbooks.Running;
using SQLitePCL;

namespace Bot.Storage.Sqlite;

/// <summary>The prepared statements of the log on SQLite, one per table and use.</summary>
internal sealed class SqliteLogStatements(sqlite3 database) : IDisposable
{
    private readonly SqliteStatement head = new(database, "select coalesce(max(position), 0) from events");
    private readonly SqliteStatement lastIncident = new(database, "select coalesce(max(number), 0) from incidents");
    private readonly SqliteStatement incident = new(database, "select version, hash, data from incidents where number = ?");
    private readonly SqliteStatement stream = new(
        database,
        "select position, version, type, happened_at, recorded_at, actor, incident, data, hash from events where stream = ? order by version"
    );
    private readonly SqliteStatement alert = new(
        database,
        "select firing, starts_at, ends_at, incident, episodes, first_seen, private from alerts where source = ? and fingerprint = ?"
    );
    private readonly SqliteStatement group = new(database, "select incident from alert_groups where source = ? and group_key = ?");
    private readonly SqliteStatement openServices = new(
        database,
        "select json_extract(data, '$.service'), number from incidents where is_open and json_extract(data, '$.service') is not null order by number"
    );
    private readonly SqliteStatement answer = new(database, "select content_hash, answer from answers where caller = ? and id = ?");

    private readonly SqliteStatement liveLocks = new(database, "select locks from runs where locks is not null");

    private readonly SqliteStatement putEvent = new(
        database,
        "insert into events (position, stream, version, type, happened_at, recorded_at, actor, incident, data, hash) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    private readonly SqliteStatement putEffect = new(
        database,
        "insert into effects (id, kind, key, payload, due, state, created_at, trace) values (?, ?, ?, ?, ?, 'pending', ?, ?)"
    );
    private readonly SqliteStatement putDelivery = new(
        database,
        "insert into deliveries (id, source, route, received_at, headers, body, encoding, verdict, alerts, incident, trace, private) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    private readonly SqliteStatement putAnswer = new(
        database,
        "insert into answers (caller, id, content_hash, answer, at) values (?, ?, ?, ?, ?)"
    );
    private readonly SqliteStatement putIncident = new(
        database,
        """
        insert into incidents (number, state, is_open, severity, kind, private, version, hash, data) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (number) do update set state = excluded.state, is_open = excluded.is_open, severity = excluded.severity, kind = excluded.kind,
          private = excluded.private, version = excluded.version, hash = excluded.hash, data = excluded.data
        """
    );
    private readonly SqliteStatement putRun = new(
        database,
        """
        insert into runs (id, runbook, hash, phase, is_over, incident, node, epoch, started_by, started_at, ended_at, locks, interventions, alert, alert_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (id) do update set phase = excluded.phase, is_over = excluded.is_over, node = excluded.node, epoch = excluded.epoch, ended_at = excluded.ended_at,
          locks = excluded.locks, interventions = excluded.interventions
        """
    );
    private readonly SqliteStatement putAlert = new(
        database,
        """
        insert into alerts (source, fingerprint, firing, starts_at, ends_at, first_seen, last_seen, seen, episodes, incident, labels, annotations, generator_url, private)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (source, fingerprint) do update set firing = excluded.firing, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
          last_seen = excluded.last_seen, seen = alerts.seen + excluded.seen, episodes = excluded.episodes, incident = excluded.incident,
          labels = excluded.labels, annotations = excluded.annotations, generator_url = excluded.generator_url, private = excluded.private
        """
    );
    private readonly SqliteStatement seenAgain = new(
        database,
        "update alerts set last_seen = ?, seen = seen + ? where source = ? and fingerprint = ?"
    );
    private readonly SqliteStatement putGroup = new(
        database,
        "insert into alert_groups (source, group_key, incident) values (?, ?, ?) on conflict (source, group_key) do update set incident = excluded.incident"
    );

    public long Head() => Scalar(head);

    public int LastIncidentNumber() => (int)Scalar(lastIncident);

    public IncidentRow? FindIncident(int number)
    {
        incident.Bind(number);
        return One(incident, row => new IncidentRow(row.Int64(0), row.Blob(1), row.Text(2)));
    }

    public List<LogEvent> ReadStream(StreamId id)
    {
        var events = new List<LogEvent>();
        stream.Bind(id.Value);
        while (stream.Read())
        {
            events.Add(
                new LogEvent(
                    stream.Int64(0),
                    id,
                    stream.Int64(1),
                    stream.Text(2),
                    Micros.ToTime(stream.Int64(3)),
                    Micros.ToTime(stream.Int64(4)),
                    Actor.Parse(stream.Text(5)),
                    stream.IsNull(6) ? null : (int)stream.Int64(6),
                    stream.Text(7),
                    stream.Blob(8)
                )
            );
        }

        return events;
    }

    public AlertState? FindAlert(AlertKey key)
    {
        alert.Bind(key.Source).Bind(key.Fingerprint);
        return One(
            alert,
            row => new AlertState(
                row.Int64(0) != 0,
                Micros.ToTime(row.Int64(1)),
                row.IsNull(2) ? null : Micros.ToTime(row.Int64(2)),
                row.IsNull(3) ? null : (int)row.Int64(3),
                (int)row.Int64(4),
                Micros.ToTime(row.Int64(5)),
                row.Int64(6) != 0
            )
        );
    }

    public int? FindGroup(string source, string groupKey)
    {
        group.Bind(source).Bind(groupKey);
        int? found = null;
        while (group.Read())
            found = (int)group.Int64(0);
        return found;
    }

    public IReadOnlyList<(string Service, int Incident)> OpenServices()
    {
        var found = new List<(string, int)>();
        while (openServices.Read())
            found.Add((openServices.Text(0), (int)openServices.Int64(1)));
        return found;
    }

    public LockBook LiveLocks()
    {
        var claims = new List<LockClaim>();
        while (liveLocks.Read())
            claims.AddRange(RunRows.Claims(liveLocks.Text(0)));
        return LockBook.Of(claims);
    }

    public AnswerRow? FindAnswer(string caller, string id)
    {
        answer.Bind(caller).Bind(id);
        return One(answer, row => new AnswerRow(row.Blob(0), row.Text(1)));
    }

    public void Write(LogWrites writes)
    {
        foreach (var row in writes.Events)
        {
            putEvent.Bind(row.Position).Bind(row.Stream).Bind(row.Version).Bind(row.Type).Bind(row.HappenedAt).Bind(row.RecordedAt);
            putEvent.Bind(row.Actor).Bind((long?)row.Incident).BindText(row.Data).BindBlob(row.Hash).Run();
        }

        foreach (var row in writes.Effects)
            putEffect
                .Bind(row.Id)
                .Bind(row.Kind)
                .Bind(row.Key)
                .BindText(row.Payload)
                .Bind(row.Due)
                .Bind(row.CreatedAt)
                .Bind(row.Trace)
                .Run();
        foreach (var row in writes.Deliveries)
        {
            putDelivery.Bind(row.Id).Bind(row.Source).Bind(row.Route).Bind(row.ReceivedAt).BindText(row.Headers).BindBlob(row.Body);
            putDelivery
                .Bind(row.Encoding)
                .Bind(row.Verdict)
                .Bind(row.Alerts)
                .Bind((long?)row.Incident)
                .BindText(row.Trace)
                .Bind(row.Private)
                .Run();
        }

        foreach (var row in writes.Answers)
            putAnswer.Bind(row.Caller).Bind(row.Id).BindBlob(row.ContentHash).Bind(row.Answer).Bind(row.At).Run();
        foreach (var (key, row) in writes.Alerts)
            WriteAlert(key, row);
        foreach (var ((source, key), row) in writes.Groups)
            putGroup.Bind(source).Bind(key).Bind(row.Incident).Run();
        foreach (var row in writes.Incidents.Values)
            WriteIncident(row);
        foreach (var run in writes.Runs.Values)
            WriteRun(run);
    }

    public void Dispose()
    {
        foreach (
            var statement in new[]
            {
                head,
                lastIncident,
                incident,
                stream,
                alert,
                group,
                answer,
                putEvent,
                putEffect,
                putDelivery,
                putAnswer,
                putIncident,
            }
        )
            statement.Dispose();
        foreach (var statement in new[] { putRun, putAlert, seenAgain, putGroup, openServices, liveLocks })
            statement.Dispose();
    }

    private void WriteAlert(AlertKey key, AlertWrite row)
    {
        if (row.Content is not { } content)
        {
            seenAgain.Bind(row.LastSeen).Bind(row.SeenMore).Bind(key.Source).Bind(key.Fingerprint).Run();
            return;
        }

        var state = row.State;
        putAlert.Bind(key.Source).Bind(key.Fingerprint).Bind(state.Firing).Bind(Micros.From(state.StartsAt));
        putAlert.Bind(state.EndsAt is { } ends ? Micros.From(ends) : null).Bind(Micros.From(state.FirstSeen)).Bind(row.LastSeen);
        putAlert.Bind(row.SeenMore).Bind(state.Episodes).Bind((long?)state.Incident);
        putAlert.BindText(content.Labels.Span).BindText(content.Annotations.Span).Bind(content.GeneratorUrl).Bind(state.Private).Run();
    }

    private void WriteIncident(IncidentWrite row)
    {
        var state = row.State;
        putIncident.Bind(state.Number).Bind(state.State.Word()).Bind(state.IsOpen).Bind(state.Severity.Word()).Bind(state.Kind.Word());
        putIncident.Bind(state.Private).Bind(row.Version).BindBlob(row.Hash);
        putIncident.BindText(JsonSerializer.SerializeToUtf8Bytes(state, FactJson.Options)).Run();
    }

    private void WriteRun(RunState run)
    {
        putRun.Bind(run.Id).Bind(run.Runbook).Bind(run.Hash).Bind(RunRows.Word(run.Phase)).Bind(run.IsOver).Bind((long?)run.Incident);
        putRun.Bind(run.Node).Bind(run.Epoch).Bind(run.StartedBy).Bind(Micros.From(run.StartedAt));
        putRun.Bind(run.EndedAt is { } ended ? Micros.From(ended) : null).Bind(RunRows.Locks(run)).Bind(run.Interventions);
        putRun.Bind(RunRows.Alert(run)).Bind(RunRows.AlertAt(run)).Run();
    }

    private static long Scalar(SqliteStatement statement)
    {
        statement.Read();
        var value = statement.Int64(0);
        statement.Reset();
        return value;
    }

    private static T? One<T>(SqliteStatement statement, Func<SqliteStatement, T> row)
        where T : class
    {
        T? found = null;
        while (statement.Read())
            found = row(statement);
        return found;
    }
}
