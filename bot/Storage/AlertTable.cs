using System.Data.Common;
using Bot.Log;
using Dapper;

namespace Bot.Storage;

internal sealed record AlertQuery(
    bool? Firing = null,
    int? Incident = null,
    (string Source, string Fingerprint)? After = null,
    int Limit = 100
);

/// <param name="Seen">How often it was delivered.</param>
/// <param name="Labels">A JSON object, as the sender wrote it.</param>
/// <param name="Private">Its route is private: while no incident holds it, only administrators see it.</param>
internal sealed record AlertRow(
    string Source,
    string Fingerprint,
    bool Firing,
    DateTimeOffset StartsAt,
    DateTimeOffset? EndsAt,
    DateTimeOffset FirstSeen,
    DateTimeOffset LastSeen,
    long Seen,
    int Episodes,
    int? Incident,
    string Labels,
    string Annotations,
    string? GeneratorUrl,
    bool Private
)
{
    /// <summary>When it began, as far as anybody knows: some senders do not say it.</summary>
    public DateTimeOffset Since => StartsAt > DateTimeOffset.UnixEpoch ? StartsAt : FirstSeen;
}

/// <summary>Current state of every alert, by source and fingerprint.</summary>
internal sealed class AlertTable(IStore store)
{
    private const string Columns =
        "select source, fingerprint, firing, starts_at, ends_at, first_seen, last_seen, seen, episodes, incident, labels, annotations, generator_url, private from alerts";

    public async Task<AlertRow?> FindAsync(string source, string fingerprint, CancellationToken cancel) =>
        await QueryAsync($"{Columns} where source = @source and fingerprint = @fingerprint", new { source, fingerprint }, cancel)
            is [var found, ..]
            ? found
            : null;

    /// <summary>Those of one source that are known, in one query, by fingerprint.</summary>
    public async Task<IReadOnlyDictionary<string, AlertRow>> FindAsync(
        string source,
        IReadOnlyCollection<string> fingerprints,
        CancellationToken cancel
    )
    {
        var among = store.Dialect == Dialect.Postgres ? "= any(@fingerprints)" : "in @fingerprints";
        var rows = await QueryAsync(
            $"{Columns} where source = @source and fingerprint {among}",
            new { source, fingerprints = fingerprints.ToArray() },
            cancel
        );
        return rows.ToDictionary(row => row.Fingerprint, StringComparer.Ordinal);
    }

    public Task<IReadOnlyList<AlertRow>> ListAsync(AlertQuery query, CancellationToken cancel)
    {
        var conditions = new List<string> { "(source, fingerprint) > (@source, @fingerprint)" };
        if (query.Firing is { } firing)
            conditions.Add(firing ? "firing" : "not firing");
        if (query.Incident is not null)
            conditions.Add("incident = @incident");
        return QueryAsync(
            $"{Columns} where {string.Join(" and ", conditions)} order by source, fingerprint limit @limit",
            new
            {
                source = query.After?.Source ?? "",
                fingerprint = query.After?.Fingerprint ?? "",
                incident = query.Incident,
                limit = query.Limit,
            },
            cancel
        );
    }

    /// <summary>Those that fire first, then by how long they do.</summary>
    public Task<IReadOnlyList<AlertRow>> OfIncidentAsync(int incident, int limit, CancellationToken cancel) =>
        QueryAsync(
            $"{Columns} where incident = @incident order by firing desc, starts_at, source, fingerprint limit @limit",
            new { incident, limit },
            cancel
        );

    private Task<IReadOnlyList<AlertRow>> QueryAsync(string sql, object arguments, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
            {
                var rows = new List<AlertRow>();
                await using var reader = (DbDataReader)
                    await connection.ExecuteReaderAsync(new CommandDefinition(sql, arguments, cancellationToken: cancel));
                while (await reader.ReadAsync(cancel))
                    rows.Add(Read(reader));
                return (IReadOnlyList<AlertRow>)rows;
            },
            cancel
        );

    private static AlertRow Read(DbDataReader row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            row.GetBoolean(2),
            Micros.ToTime(row.GetInt64(3)),
            row.IsDBNull(4) ? null : Micros.ToTime(row.GetInt64(4)),
            Micros.ToTime(row.GetInt64(5)),
            Micros.ToTime(row.GetInt64(6)),
            row.GetInt64(7),
            row.GetInt32(8),
            row.IsDBNull(9) ? null : row.GetInt32(9),
            row.GetString(10),
            row.GetString(11),
            row.IsDBNull(12) ? null : row.GetString(12),
            row.GetBoolean(13)
        );
}
