using System.Data;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using Runbooks.Expressions;

namespace Integrations.Postgres;

/// <summary>Rows as JSON: booleans as such, and numbers, unless a double would change them; everything else as the text that psql shows.</summary>
internal static class PostgresRows
{
    // What a step keeps on the log of its run.
    private const int MostCharacters = 1_000_000;

    private const int Piece = 4096;

    /// <param name="cut">Told the rows once no more are wanted, before the rest is cancelled.</param>
    /// <returns>The rows, and whether there were more.</returns>
    public static async Task<(JsonArray Rows, bool More)> ReadAsync(
        NpgsqlCommand command,
        int most,
        Action<JsonArray> cut,
        CancellationToken cancel
    )
    {
        command.AllResultTypesAreUnknown = true;
        // Column by column: a value of a gigabyte is never in memory as a whole.
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancel);
        var rows = new JsonArray();
        var room = MostCharacters;
        bool more;
        while (more = room <= 0 || await reader.ReadAsync(cancel))
        {
            if (rows.Count == most || room <= 0)
            {
                // The rest is not wanted, not even that of a value that was cut: it would all be read when the reader is closed.
                cut(rows);
                command.Cancel();
                break;
            }

            var row = new JsonObject();
            for (var column = 0; column < reader.FieldCount; column++)
            {
                var text = await reader.IsDBNullAsync(column, cancel) ? null : await TextAsync(reader, column, room, cancel);
                room -= text?.Length ?? 0;
                row[reader.GetName(column)] = Plain(text, reader.GetPostgresType(column).Name);
            }

            rows.Add(row);
        }

        return (rows, more);
    }

    private static async Task<string> TextAsync(NpgsqlDataReader reader, int column, int room, CancellationToken cancel)
    {
        using var text = await reader.GetTextReaderAsync(column, cancel);
        var piece = new char[Math.Clamp(room, 0, Piece)];
        var kept = new StringBuilder();
        int read;
        while (
            kept.Length < room && (read = await text.ReadAsync(piece.AsMemory(0, Math.Min(piece.Length, room - kept.Length)), cancel)) > 0
        )
            kept.Append(piece, 0, read);
        return kept.ToString();
    }

    private static JsonNode? Plain(string? text, string type) =>
        text is null ? null
        : type is "boolean" ? text is "t"
        : type is "smallint" or "integer" or "bigint" or "real" or "double precision" or "numeric" && ExactNumber.IsHeld(text)
            ? Number(text)
        : text;

    private static JsonNode Number(string text) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out var whole) ? whole : double.Parse(text, CultureInfo.InvariantCulture);
}
