using System.Text.RegularExpressions;

namespace Integrations.Postgres;

/// <summary>
/// What a read only transaction does not hold back: <c>copy … to program</c>, <c>commit</c>, and functions that act on something
/// other than tables. It is a guard against mistakes; against malice there are the rights of the database's user.
/// </summary>
internal static partial class ReadOnlySql
{
    /// <returns>What it must be instead; null: it can be sent.</returns>
    public static string? Problem(string sql)
    {
        if (!IsQuery(sql))
            return "a query, which begins with select, with, values, table, show or explain: use postgres/execute@1 for anything else";
        return ActingFunction(sql) is { } name
            ? $"a query without {name}, which acts although the transaction is read only: use postgres/execute@1 for it"
            : null;
    }

    public static bool IsQuery(string sql) => Query().IsMatch(sql);

    /// <returns>The name of a function that acts on something other than tables; null: it names none.</returns>
    public static string? ActingFunction(string sql) => Acting().Match(sql) is { Success: true, Value: var name } ? name : null;

    // After blanks, comments and brackets.
    [GeneratedRegex(
        @"\A(?:\s|--[^\n]*\n|/\*(?:[^*]|\*+[^*/])*\*+/|\()*(?:select|with|values|table|show|explain)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Query();

    // https://www.postgresql.org/docs/current/functions-admin.html, functions-statistics, lo-funcs, contrib-dblink and adminpack.
    [GeneratedRegex(
        """
            \b(?:
              pg_(?:terminate|cancel)_backend | pg_reload_conf | pg_rotate_logfile\w* | pg_promote | pg_log_(?:backend_memory_contexts|standby_snapshot)
            | pg_switch_wal | pg_create_restore_point | pg_wal_replay_(?:pause|resume) | pg_(?:start_backup|stop_backup|backup_start|backup_stop)
            | pg_logical_emit_message | pg_(?:create|copy|drop)_\w*replication_slot | pg_replication_slot_advance | pg_sync_replication_slots
            | pg_logical_slot_get_\w+ | pg_replication_origin_(?:create|drop|advance|session_\w+|xact_\w+)
            | pg_(?:try_)?advisory_\w+ | pg_stat\w*_reset\w* | pg_file_(?:write|rename|unlink|sync)
            | brin_(?:de)?summarize_\w+ | gin_clean_pending_list | pg_buffercache_evict\w*
            | lo_(?:import|export|creat|create|unlink|put|from_bytea|truncate\w*) | lowrite | dblink\w*
            )\b
            """,
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace | RegexOptions.NonBacktracking
    )]
    private static partial Regex Acting();
}
