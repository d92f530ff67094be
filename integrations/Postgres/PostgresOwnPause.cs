using System.Buffers.Binary;
using Npgsql;

namespace Integrations.Postgres;

/// <summary>
/// A replica from PostgreSQL 14 on pauses its replay by itself once its primary has more of something than it has room for
/// (https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN), and shuts down if it is told to go on then.
/// </summary>
internal static class PostgresOwnPause
{
    private static readonly Version Since = new(14, 0);

    // In this order they stand in its control file, too.
    private static readonly string[] Settings =
    [
        "max_connections",
        "max_worker_processes",
        "max_wal_senders",
        "max_prepared_transactions",
        "max_locks_per_transaction",
    ];

    // Of the control file's fields from the end of recovery to the first of the settings.
    private const int ToSettings = 44;

    // Somebody's pause comes between two records. Its own comes in the middle of the one that tells of the settings, whose end it has noted as
    // the least that it has to replay, while it has not replayed it.
    private const string Pauses = """
        select pg_get_wal_replay_pause_state() = 'paused' and min_recovery_end_lsn > pg_last_wal_replay_lsn() from pg_control_recovery()
        """;

    private const string Here = """
        select array(select coalesce(current_setting(name), '0')::int from unnest($1::text[]) with ordinality as each(name, place) order by place),
               (min_recovery_end_lsn - '0/0'::pg_lsn)::int8, min_recovery_end_timeline,
               has_function_privilege('pg_read_binary_file(text,bigint,bigint)', 'execute')
        from pg_control_recovery()
        """;

    /// <returns>What has to be raised before it may go on, in words; null: it did not pause by itself.</returns>
    public static async Task<string?> FindAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        if (connection.PostgreSqlVersion < Since)
            return null;
        await using (var command = new NpgsqlCommand(Pauses, connection))
            if (await command.ExecuteScalarAsync(cancel) is not true)
                return null;
        var (here, end, timeline, reads) = await HereAsync(connection, cancel);
        if (reads && Recorded(await ControlFileAsync(connection, cancel), end, timeline) is { } primary)
        {
            var low = Enumerable.Range(0, Settings.Length).Where(one => here[one] < primary[one]).ToList();
            if (low.Count > 0)
                return string.Join(", ", low.Select(one => $"{Settings[one]} from {here[one]} to {primary[one]} at least"));
        }

        return "what is lower than on its primary, as its log says, of "
            + string.Join(", ", Settings.Select((name, one) => $"{name} = {here[one]}"));
    }

    private static async Task<(int[] Here, long End, int Timeline, bool Reads)> HereAsync(
        NpgsqlConnection connection,
        CancellationToken cancel
    )
    {
        await using var command = new NpgsqlCommand(Here, connection) { Parameters = { new() { Value = Settings } } };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return (await reader.GetFieldValueAsync<int[]>(0, cancel), reader.GetInt64(1), reader.GetInt32(2), reader.GetBoolean(3));
    }

    private static async Task<byte[]> ControlFileAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select pg_read_binary_file('global/pg_control', 0, 512)", connection);
        return (byte[])(await command.ExecuteScalarAsync(cancel))!;
    }

    // No function tells what the primary's settings are, but the file in which it has noted them has the end of recovery before them, and that
    // is known. Where it is not found, as on a machine with the other order of bytes, nothing is told.
    private static int[]? Recorded(byte[] file, long end, int timeline)
    {
        var known = new byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(known, end);
        BinaryPrimitives.WriteInt32LittleEndian(known.AsSpan(8), timeline);
        var at = file.AsSpan().IndexOf(known) + ToSettings;
        return at < ToSettings || at + 4 * Settings.Length > file.Length
            ? null
            : [.. Settings.Select((_, one) => BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 4 * one)))];
    }
}
