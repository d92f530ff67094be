using System.Data.Common;
using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <summary>Reads the log.</summary>
internal sealed class EventTable(IStore store) : ILogReader
{
    private const string Columns =
        "select position, stream, version, type, happened_at, recorded_at, actor, incident, data, hash from events";

    public Task<IReadOnlyList<LogEvent>> AfterAsync(long position, int limit, CancellationToken cancel) =>
        QueryAsync($"{Columns} where position > @position order by position limit @limit", new { position, limit }, cancel);

    public Task<(IReadOnlyList<int> Incidents, long Upto)> ChangedAsync(long position, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
            {
                var rows = (
                    await connection.QueryAsync<(int? Incident, long Last)>(
                        new CommandDefinition(
                            "select incident, max(position) from events where position > @position group by incident",
                            new { position },
                            cancellationToken: cancel
                        )
                    )
                ).AsList();
                IReadOnlyList<int> incidents = [.. rows.Select(row => row.Incident).OfType<int>()];
                return (incidents, rows.Count == 0 ? position : rows.Max(row => row.Last));
            },
            cancel
        );

    public Task<IReadOnlyList<LogEvent>> OfTypesAsync(IReadOnlyList<string> types, long position, CancellationToken cancel)
    {
        var (list, arguments) = InList(types, new { position });
        return QueryAsync($"{Columns} where position > @position and type in ({list}) order by position", arguments, cancel);
    }

    public Task<IReadOnlyList<LogEvent>> OfStreamAsync(StreamId stream, CancellationToken cancel) =>
        QueryAsync($"{Columns} where stream = @stream order by version", new { stream = stream.Value }, cancel);

    /// <summary>What was added to a stream after a version that is known already.</summary>
    public Task<IReadOnlyList<LogEvent>> OfStreamAsync(StreamId stream, long after, CancellationToken cancel) =>
        QueryAsync($"{Columns} where stream = @stream and version > @after order by version", new { stream = stream.Value, after }, cancel);

    public Task<IReadOnlyList<LogEvent>> OfIncidentAsync(int number, long after, int limit, CancellationToken cancel) =>
        QueryAsync(
            $"{Columns} where incident = @number and position > @after order by position limit @limit",
            new
            {
                number,
                after,
                limit,
            },
            cancel
        );

    public Task<IReadOnlyList<LogEvent>> NewestAsync(int number, IReadOnlyList<string> types, int limit, CancellationToken cancel)
    {
        var (list, arguments) = InList(types, new { number, limit });
        return QueryAsync(
            $"select * from ({Columns} where incident = @number and type in ({list}) order by position desc limit @limit) newest order by position",
            arguments,
            cancel
        );
    }

    public Task<long> HeadAsync(CancellationToken cancel) =>
        store.ReadAsync(connection => connection.ExecuteScalarAsync<long>("select coalesce(max(position), 0) from events"), cancel);

    // One by one: Dapper writes a list out for SQLite, and hands it to PostgreSQL as an array.
    private static (string List, DynamicParameters Arguments) InList(IReadOnlyList<string> types, object others)
    {
        var arguments = new DynamicParameters(others);
        for (var i = 0; i < types.Count; i++)
            arguments.Add($"type{i}", types[i]);
        return (string.Join(", ", types.Select((_, i) => $"@type{i}")), arguments);
    }

    private Task<IReadOnlyList<LogEvent>> QueryAsync(string sql, object arguments, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
            {
                var events = new List<LogEvent>();
                await using var reader = (DbDataReader)
                    await connection.ExecuteReaderAsync(new CommandDefinition(sql, arguments, cancellationToken: cancel));
                while (await reader.ReadAsync(cancel))
                    events.Add(Read(reader));
                return (IReadOnlyList<LogEvent>)events;
            },
            cancel
        );

    private static LogEvent Read(DbDataReader row) =>
        new(
            row.GetInt64(0),
            new StreamId(row.GetString(1)),
            row.GetInt64(2),
            row.GetString(3),
            Micros.ToTime(row.GetInt64(4)),
            Micros.ToTime(row.GetInt64(5)),
            Actor.Parse(row.GetString(6)),
            row.IsDBNull(7) ? null : row.GetInt32(7),
            row.GetString(8),
            row.GetFieldValue<byte[]>(9)
        );
}
