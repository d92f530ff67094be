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
    public const int MostCharacters = 1_000_000;

    private const int Piece = 4096;

    // Their beginning says something; that of a number or a time is another one.
    private static readonly HashSet<string> Texts = new(StringComparer.Ordinal)
    {
        "text",
        "character varying",
        "character",
        "json",
        "jsonb",
        "xml",
        "bytea",
    };

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
            if (rows.Count == most || room <= 0 || await RowAsync(reader, room, rows.Count == 0, cancel) is not var (row, taken))
            {
                // The rest is not wanted, not even that of a value that was cut: it would all be read when the reader is closed.
                cut(rows);
                command.Cancel();
                break;
            }

            room -= taken;
            rows.Add(row);
        }

        return (rows, more);
    }

    /// <param name="isFirst">Of it texts are cut, so that something is seen.</param>
    /// <returns>Null where it does not fit.</returns>
    private static async Task<(JsonObject Row, int Taken)?> RowAsync(
        NpgsqlDataReader reader,
        int room,
        bool isFirst,
        CancellationToken cancel
    )
    {
        var row = new JsonObject();
        var taken = 0;
        for (var column = 0; column < reader.FieldCount; column++)
        {
            string? text = null;
            var type = reader.GetPostgresType(column).Name;
            if (!await reader.IsDBNullAsync(column, cancel))
            {
                (text, var isWhole) = await TextAsync(reader, column, room - taken, cancel);
                if (!isWhole && !(isFirst && text.Length > 0 && Texts.Contains(type)))
                    return null;
                taken += text.Length;
            }

            row[reader.GetName(column)] = Plain(text, type);
        }

        return (row, taken);
    }

    private static async Task<(string Text, bool IsWhole)> TextAsync(
        NpgsqlDataReader reader,
        int column,
        int room,
        CancellationToken cancel
    )
    {
        using var text = await reader.GetTextReaderAsync(column, cancel);
        var piece = new char[Math.Clamp(room, 1, Piece)];
        var kept = new StringBuilder();
        while (await text.ReadAsync(piece.AsMemory(0, Math.Clamp(room - kept.Length, 1, piece.Length)), cancel) is > 0 and var read)
        {
            if (kept.Length == room)
                return (kept.ToString(), false);
            kept.Append(piece, 0, read);
        }

        return (kept.ToString(), true);
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
