using System.Data.Common;
using System.Text.Json;
using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <summary>One outbox row that was claimed, or is shown.</summary>
/// <param name="Id">The same for each attempt: a receiver can drop a repeat by it.</param>
/// <param name="Payload">JSON, as <see cref="Effect.Payload"/> was written.</param>
/// <param name="Attempts">How often it was claimed, this time included.</param>
/// <param name="Trace">The span that it follows from, as W3C <c>traceparent</c>.</param>
/// <param name="Epoch">Grows with each claim; the end of an older claim is not written.</param>
internal sealed record EffectRow(
    string Id,
    string Kind,
    string Key,
    string Payload,
    DateTimeOffset Due,
    int Attempts,
    long Epoch,
    DateTimeOffset CreatedAt,
    string? Outcome = null,
    string? Trace = null
)
{
    /// <exception cref="JsonException">The payload is of another shape.</exception>
    public T Read<T>() =>
        JsonSerializer.Deserialize<T>(Payload, FactJson.Options) ?? throw new JsonException($"Effect {Id} has no payload.");
}

/// <summary>How one claim ended.</summary>
/// <param name="State"><c>done</c>, <c>dead</c>, or <c>pending</c> for another try after <paramref name="RetryAfter"/>.</param>
internal sealed record EffectEnd(string Id, long Epoch, string State, string? Outcome, TimeSpan RetryAfter)
{
    public const string Done = "done";
    public const string Dead = "dead";
    public const string Pending = "pending";
}

/// <param name="Overdue">Pending and due: the backlog.</param>
/// <param name="OldestDue">Since when the oldest of those waits.</param>
internal sealed record EffectCounts(long Pending, long Overdue, DateTimeOffset? OldestDue, long Dead);

/// <summary>Reads outbox rows; the order of the columns and of the reads is one thing.</summary>
internal static class EffectRows
{
    public const string Columns = "id, kind, key, payload, due, attempts, epoch, created_at, outcome, trace";

    public static async Task<IReadOnlyList<EffectRow>> ReadAsync(
        DbConnection connection,
        DbTransaction? transaction,
        string sql,
        object arguments
    )
    {
        var rows = new List<EffectRow>();
        await using var reader = (DbDataReader)await connection.ExecuteReaderAsync(sql, arguments, transaction);
        while (await reader.ReadAsync())
        {
            rows.Add(
                new EffectRow(
                    reader.GetString(0),
                    reader.GetString(1),
                    reader.GetString(2),
                    reader.GetString(3),
                    Micros.ToTime(reader.GetInt64(4)),
                    reader.GetInt32(5),
                    reader.GetInt64(6),
                    Micros.ToTime(reader.GetInt64(7)),
                    await reader.IsDBNullAsync(8) ? null : reader.GetString(8),
                    await reader.IsDBNullAsync(9) ? null : reader.GetString(9)
                )
            );
        }

        return rows;
    }
}
