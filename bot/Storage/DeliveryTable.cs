using System.Data.Common;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Bot.Alerts;
using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <param name="Headers">A JSON object; secrets masked before it was stored.</param>
/// <param name="Private">A private route took it, or may have: while no incident holds what it brought, only administrators see it.</param>
internal sealed record Delivery(
    string Id,
    string Source,
    string? Route,
    DateTimeOffset ReceivedAt,
    string Headers,
    string Body,
    string Verdict,
    int Alerts,
    int? Incident,
    IReadOnlyList<TraceStage> Trace,
    bool Private
);

/// <summary>Every inbound request that carried facts, as it came, with what became of it.</summary>
internal sealed class DeliveryTable(IStore store)
{
    private const string Columns =
        "select id, source, route, received_at, headers, body, encoding, verdict, alerts, incident, trace, private from deliveries";

    public async Task<Delivery?> FindAsync(string id, CancellationToken cancel) =>
        await QueryAsync($"{Columns} where id = @id", new { id }, cancel) is [var found, ..] ? found : null;

    /// <summary>Newest first; ids sort by time.</summary>
    public Task<IReadOnlyList<Delivery>> ListAsync(string? source, string? before, int limit, CancellationToken cancel) =>
        QueryAsync(
            $"{Columns} where id < @before {(source is null ? "" : "and source = @source")} order by id desc limit @limit",
            new
            {
                before = before ?? "~",
                source,
                limit,
            },
            cancel
        );

    /// <summary>Forgets what was received before a time, a small batch at once.</summary>
    /// <returns>How many went; less than <paramref name="limit"/> when none are left.</returns>
    public Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    "delete from deliveries where id in (select id from deliveries where id < @first order by id limit @limit)",
                    new { first = SystemIds.FirstOf(before), limit },
                    transaction
                ),
            cancel
        );

    private Task<IReadOnlyList<Delivery>> QueryAsync(string sql, object arguments, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
            {
                var rows = new List<Delivery>();
                await using var reader = (DbDataReader)
                    await connection.ExecuteReaderAsync(new CommandDefinition(sql, arguments, cancellationToken: cancel));
                while (await reader.ReadAsync(cancel))
                    rows.Add(Read(reader));
                return (IReadOnlyList<Delivery>)rows;
            },
            cancel
        );

    private static Delivery Read(DbDataReader row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            row.IsDBNull(2) ? null : row.GetString(2),
            Micros.ToTime(row.GetInt64(3)),
            row.GetString(4),
            Body(row.GetFieldValue<byte[]>(5), row.GetString(6)),
            row.GetString(7),
            row.GetInt32(8),
            row.IsDBNull(9) ? null : row.GetInt32(9),
            JsonSerializer.Deserialize<List<TraceStage>>(row.GetString(10), FactJson.Options) ?? [],
            row.GetBoolean(11)
        );

    private static string Body(byte[] bytes, string encoding)
    {
        if (encoding is not "br")
            return Encoding.UTF8.GetString(bytes);
        using var brotli = new BrotliStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var reader = new StreamReader(brotli, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
