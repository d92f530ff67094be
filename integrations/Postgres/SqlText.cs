using System.Data;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Integrations.Postgres;

internal static class SqlText
{
    private const int LongestShown = 300;

    /// <summary>In one line.</summary>
    public static string Said(JsonElement with)
    {
        var sql = string.Join(' ', (with.TextOf("sql") ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return sql.Length > LongestShown ? sql[..LongestShown] + "…" : sql;
    }

    /// <summary>
    /// Has the server read the text, without running it, and refuse more than one statement (42601). Npgsql takes a command's text
    /// without parameters apart at its semicolons and runs the pieces one after the other, and <c>commit; drop …</c> would end any
    /// transaction around it; a batch's command it sends as it is.
    /// </summary>
    public static async Task CheckIsOneAsync(
        string sql,
        IReadOnlyList<string?>? parameters,
        NpgsqlConnection connection,
        CancellationToken cancel
    )
    {
        // With parameters a command's text, too, is sent as it is.
        if (parameters is { Count: > 0 } || !sql.Contains(';', StringComparison.Ordinal))
            return;
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(sql) } };
        await using var read = await batch.ExecuteReaderAsync(CommandBehavior.SchemaOnly, cancel);
    }

    /// <summary>The parameters' types are the server's to find out.</summary>
    public static NpgsqlCommand Command(string sql, IReadOnlyList<string?>? parameters, NpgsqlConnection connection)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters ?? [])
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Unknown, Value = (object?)value ?? DBNull.Value });
        return command;
    }
}
