using System.Globalization;
using System.Text.Json;
using Bot.Alerts;
using Bot.Incidents;
using Bot.Log;
using Npgsql;
using NpgsqlTypes;

namespace Bot.Storage.Postgres;

/// <summary>All that one commit writes, as one round trip: a statement per table, a column per array (<c>unnest</c>).</summary>
internal static class PostgresBatch
{
    private const NpgsqlDbType Texts = NpgsqlDbType.Array | NpgsqlDbType.Text;
    private const NpgsqlDbType Longs = NpgsqlDbType.Array | NpgsqlDbType.Bigint;
    private const NpgsqlDbType Ints = NpgsqlDbType.Array | NpgsqlDbType.Integer;
    private const NpgsqlDbType Bools = NpgsqlDbType.Array | NpgsqlDbType.Boolean;
    private const NpgsqlDbType Bytes = NpgsqlDbType.Array | NpgsqlDbType.Bytea;

    public static void Add(NpgsqlBatch batch, LogWrites writes)
    {
        AddEvents(batch, writes.Events);
        AddEffects(batch, writes.Effects);
        AddDeliveries(batch, writes.Deliveries);
        AddAnswers(batch, writes.Answers);
        AddAlerts(batch, writes);
        AddGroups(batch, writes);
        AddIncidents(batch, [.. writes.Incidents.Values]);
        AddRuns(batch, writes);
        // Heard by other nodes when the transaction commits; a hint, they ask for what is past their position.
        if (writes.Events.Count > 0)
            Notify(batch, PostgresLog.Channel, writes.Events[^1].Position.ToString(CultureInfo.InvariantCulture));
        if (writes.Effects.Count > 0)
            Notify(batch, PostgresLog.OutboxChannel, "");
    }

    private static void Notify(NpgsqlBatch batch, string channel, string payload) =>
        Add(batch, "select pg_notify($1, $2)", (NpgsqlDbType.Text, channel), (NpgsqlDbType.Text, payload));

    private static void AddEvents(NpgsqlBatch batch, List<EventWrite> rows)
    {
        if (rows.Count == 0)
            return;
        Add(
            batch,
            """
            insert into events (position, stream, version, type, happened_at, recorded_at, actor, incident, data, hash)
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            (Longs, Column(rows, row => row.Position)),
            (Texts, Column(rows, row => row.Stream)),
            (Longs, Column(rows, row => row.Version)),
            (Texts, Column(rows, row => row.Type)),
            (Longs, Column(rows, row => row.HappenedAt)),
            (Longs, Column(rows, row => row.RecordedAt)),
            (Texts, Column(rows, row => row.Actor)),
            (Ints, Column(rows, row => row.Incident)),
            (Texts, Column(rows, row => Utf8(row.Data))),
            (Bytes, Column(rows, row => row.Hash))
        );
    }

    private static void AddEffects(NpgsqlBatch batch, List<EffectWrite> rows)
    {
        if (rows.Count == 0)
            return;
        Add(
            batch,
            """
            insert into effects (id, kind, key, payload, due, created_at, trace, state)
            select *, 'pending' from unnest($1, $2, $3, $4, $5, $6, $7)
            """,
            (Texts, Column(rows, row => row.Id)),
            (Texts, Column(rows, row => row.Kind)),
            (Texts, Column(rows, row => row.Key)),
            (Texts, Column(rows, row => Utf8(row.Payload))),
            (Longs, Column(rows, row => row.Due)),
            (Longs, Column(rows, row => row.CreatedAt)),
            (Texts, Column(rows, row => row.Trace))
        );
    }

    private static void AddDeliveries(NpgsqlBatch batch, List<DeliveryWrite> rows)
    {
        if (rows.Count == 0)
            return;
        Add(
            batch,
            """
            insert into deliveries (id, source, route, received_at, headers, body, encoding, verdict, alerts, incident, trace, private)
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            (Texts, Column(rows, row => row.Id)),
            (Texts, Column(rows, row => row.Source)),
            (Texts, Column(rows, row => row.Route)),
            (Longs, Column(rows, row => row.ReceivedAt)),
            (Texts, Column(rows, row => Utf8(row.Headers))),
            (Bytes, Column(rows, row => row.Body)),
            (Texts, Column(rows, row => row.Encoding)),
            (Texts, Column(rows, row => row.Verdict)),
            (Ints, Column(rows, row => row.Alerts)),
            (Ints, Column(rows, row => row.Incident)),
            (Texts, Column(rows, row => Utf8(row.Trace))),
            (Bools, Column(rows, row => row.Private))
        );
    }

    private static void AddAnswers(NpgsqlBatch batch, List<AnswerWrite> rows)
    {
        if (rows.Count == 0)
            return;
        Add(
            batch,
            "insert into answers (caller, id, content_hash, answer, at) select * from unnest($1, $2, $3, $4, $5)",
            (Texts, Column(rows, row => row.Caller)),
            (Texts, Column(rows, row => row.Id)),
            (Bytes, Column(rows, row => row.ContentHash)),
            (Texts, Column(rows, row => row.Answer)),
            (Longs, Column(rows, row => row.At))
        );
    }

    private static void AddAlerts(NpgsqlBatch batch, LogWrites writes)
    {
        var repeats = writes.Alerts.Where(alert => alert.Value.Content is null).ToList();
        if (repeats.Count > 0)
        {
            Add(
                batch,
                """
                update alerts set last_seen = again.last_seen, seen = alerts.seen + again.more
                from unnest($1, $2, $3, $4) as again(source, fingerprint, last_seen, more)
                where alerts.source = again.source and alerts.fingerprint = again.fingerprint
                """,
                (Texts, Column(repeats, row => row.Key.Source)),
                (Texts, Column(repeats, row => row.Key.Fingerprint)),
                (Longs, Column(repeats, row => row.Value.LastSeen)),
                (Ints, Column(repeats, row => row.Value.SeenMore))
            );
        }

        AddWhole(batch, writes.Alerts.Where(alert => alert.Value is { Content: not null, IsNew: true }).ToList(), "");
        AddWhole(
            batch,
            writes.Alerts.Where(alert => alert.Value is { Content: not null, IsNew: false }).ToList(),
            """
            on conflict (source, fingerprint) do update set firing = excluded.firing, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
              last_seen = excluded.last_seen, seen = alerts.seen + excluded.seen, episodes = excluded.episodes, incident = excluded.incident,
              labels = excluded.labels, annotations = excluded.annotations, generator_url = excluded.generator_url, private = excluded.private
            """
        );
    }

    private static void AddWhole(NpgsqlBatch batch, List<KeyValuePair<AlertKey, AlertWrite>> rows, string orElse)
    {
        if (rows.Count == 0)
            return;
        Add(
            batch,
            $"""
            insert into alerts (source, fingerprint, firing, starts_at, ends_at, first_seen, last_seen, seen, episodes, incident, labels, annotations, generator_url, private)
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            {orElse}
            """,
            (Texts, Column(rows, row => row.Key.Source)),
            (Texts, Column(rows, row => row.Key.Fingerprint)),
            (Bools, Column(rows, row => row.Value.State.Firing)),
            (Longs, Column(rows, row => Micros.From(row.Value.State.StartsAt))),
            (Longs, Column(rows, row => row.Value.State.EndsAt is { } ends ? Micros.From(ends) : (long?)null)),
            (Longs, Column(rows, row => Micros.From(row.Value.State.FirstSeen))),
            (Longs, Column(rows, row => row.Value.LastSeen)),
            (Longs, Column(rows, row => (long)row.Value.SeenMore)),
            (Ints, Column(rows, row => row.Value.State.Episodes)),
            (Ints, Column(rows, row => row.Value.State.Incident)),
            (Texts, Column(rows, row => row.Value.Content!.Labels)),
            (Texts, Column(rows, row => row.Value.Content!.Annotations)),
            (Texts, Column(rows, row => row.Value.Content!.GeneratorUrl)),
            (Bools, Column(rows, row => row.Value.State.Private))
        );
    }

    private static void AddGroups(NpgsqlBatch batch, LogWrites writes)
    {
        AddGroups(batch, writes.Groups.Where(group => group.Value.IsNew).ToList(), "");
        AddGroups(
            batch,
            writes.Groups.Where(group => !group.Value.IsNew).ToList(),
            "on conflict (source, group_key) do update set incident = excluded.incident"
        );
    }

    private static void AddGroups(NpgsqlBatch batch, List<KeyValuePair<(string Source, string GroupKey), GroupWrite>> rows, string orElse)
    {
        if (rows.Count == 0)
            return;
        Add(
            batch,
            $"insert into alert_groups (source, group_key, incident) select * from unnest($1, $2, $3) {orElse}",
            (Texts, Column(rows, row => row.Key.Source)),
            (Texts, Column(rows, row => row.Key.GroupKey)),
            (Ints, Column(rows, row => row.Value.Incident))
        );
    }

    private static void AddIncidents(NpgsqlBatch batch, List<IncidentWrite> rows)
    {
        if (rows.Count == 0)
            return;
        Add(
            batch,
            """
            insert into incidents (number, state, is_open, severity, kind, private, version, hash, data)
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (number) do update set state = excluded.state, is_open = excluded.is_open, severity = excluded.severity, kind = excluded.kind,
              private = excluded.private, version = excluded.version, hash = excluded.hash, data = excluded.data
            """,
            (Ints, Column(rows, row => row.State.Number)),
            (Texts, Column(rows, row => row.State.State.Word())),
            (Bools, Column(rows, row => row.State.IsOpen)),
            (Texts, Column(rows, row => row.State.Severity.Word())),
            (Texts, Column(rows, row => row.State.Kind.Word())),
            (Bools, Column(rows, row => row.State.Private)),
            (Longs, Column(rows, row => row.Version)),
            (Bytes, Column(rows, row => row.Hash)),
            (Texts, Column(rows, row => Utf8(JsonSerializer.SerializeToUtf8Bytes(row.State, FactJson.Options))))
        );
    }

    private static void AddRuns(NpgsqlBatch batch, LogWrites writes)
    {
        var rows = writes.Runs.Values.ToList();
        if (rows.Count == 0)
            return;
        Add(
            batch,
            """
            insert into runs (id, runbook, hash, phase, is_over, incident, node, epoch, started_by, started_at, ended_at, locks, interventions, alert, alert_at)
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            on conflict (id) do update set phase = excluded.phase, is_over = excluded.is_over, node = excluded.node, epoch = excluded.epoch, ended_at = excluded.ended_at,
              locks = excluded.locks, interventions = excluded.interventions
            """,
            (Texts, Column(rows, row => row.Id)),
            (Texts, Column(rows, row => row.Runbook)),
            (Texts, Column(rows, row => row.Hash)),
            (Texts, Column(rows, row => RunRows.Word(row.Phase))),
            (Bools, Column(rows, row => row.IsOver)),
            (Ints, Column(rows, row => row.Incident)),
            (Texts, Column(rows, row => row.Node)),
            (Longs, Column(rows, row => row.Epoch)),
            (Texts, Column(rows, row => row.StartedBy)),
            (Longs, Column(rows, row => Micros.From(row.StartedAt))),
            (Longs, Column(rows, row => row.EndedAt is { } ended ? Micros.From(ended) : (long?)null)),
            (Texts, Column(rows, RunRows.Locks)),
            (Ints, Column(rows, row => row.Interventions)),
            (Texts, Column(rows, RunRows.Alert)),
            (Longs, Column(rows, RunRows.AlertAt))
        );
    }

    // JSON stays the bytes it was made as: PostgreSQL's text is UTF-8, and strings in between would be made and read for nothing.
    private static ReadOnlyMemory<byte> Utf8(byte[] text) => text;

    private static TColumn[] Column<TRow, TColumn>(List<TRow> rows, Func<TRow, TColumn> column)
    {
        var values = new TColumn[rows.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = column(rows[i]);
        return values;
    }

    private static void Add(NpgsqlBatch batch, string sql, params ReadOnlySpan<(NpgsqlDbType Type, object Value)> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var (type, value) in parameters)
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type, Value = value });
        batch.BatchCommands.Add(command);
    }
}
