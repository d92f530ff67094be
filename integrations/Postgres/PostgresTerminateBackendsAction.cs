using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Integrations.Postgres;

public sealed record PostgresTerminateBackendsArguments(
    [Untainted] [ConnectionSecret] [ConnectionText] [Description(PostgresCalls.Connection)] string Connection,
    [DurationText] [Description("How long a session has been in its state at least, as 5m: younger ones are left alone.")] string OlderThan,
    [Description("`idle`, `active`, `idle in transaction` or another state of pg_stat_activity.")] string? State = null,
    [Description("Only sessions of this user.")] string? SessionUser = null,
    [Description("Only sessions on this database.")] string? Database = null,
    [Description("Only sessions of this `application_name`.")] string? Application = null,
    [Description("Never sessions of these users.")] IReadOnlyList<string>? ExceptUsers = null,
    [Description(
        "Only these, as PostgreSQL's log has them (`%c`): `to_hex(trunc(extract(epoch from backend_start))::bigint) || '.' || to_hex(pid)`."
    )]
        IReadOnlyList<string>? SessionIds = null,
    [Description(
        "True: never sessions that hold a lock, as a leader's advisory one, or whose last statement was a `LISTEN`. Of one that was told something else since nobody can see that it listens."
    )]
        bool ExceptWaiting = false,
    [Range(1, 1000)] [Description("At most so many are ended at once; up to 1000.")] int Limit = 100,
    [Secret] [Description("If it is not part of `connection`; a secret.")] string? Password = null
);

public sealed record PostgresTerminateBackendsResult(
    [Description("How many were ended.")] int Terminated,
    [Description("Those that were ended.")] IReadOnlyList<PostgresSession> Sessions,
    [Description("Those that PostgreSQL does not let this user end, as a superuser's.")] IReadOnlyList<PostgresKeptSession> Kept,
    [Description(
        "How many more may be meant whose state and times this user may not see: without `pg_read_all_stats`, those of other roles."
    )]
        int Unseen
);

public sealed record PostgresSession(
    [Description("Its process.")] int Pid,
    [Description("Who.")] string User,
    [Description("Its `application_name`.")] string Application,
    [Description("Its state before.")] string State,
    [Description("How long it had been in that state, in seconds.")] double Seconds
);

public sealed record PostgresKeptSession(
    [Description("Its process.")] int Pid,
    [Description("Who.")] string User,
    [Description("Its `application_name`.")] string Application,
    [Description("PostgreSQL's code and words.")] string Because
);

/// <summary><c>postgres/terminate-backends@1</c>.</summary>
public sealed class PostgresTerminateBackendsAction(Outward outward) : IStepAction
{
    private const string Named = """
        ($3::text is null or usename = $3) and ($4::text is null or datname = $4) and ($5::text is null or application_name = $5)
          and ($7::text[] is null or coalesce(usename, '') <> all ($7))
        """;

    // Only sessions of clients, and never this one.
    private const string Chosen = $"""
        from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()
          and now() - state_change >= make_interval(secs => $1)
          and ($2::text is null or state = $2) and {Named}
          and ($6::text[] is null or to_hex(trunc(extract(epoch from backend_start))::bigint) || '.' || to_hex(pid) = any ($6))
          and not ($8 and (pid in (select pid from pg_locks where granted) or query ~* '^\s*listen\y'))
        """;

    private const string Found = $"""
        select pid, coalesce(usename, ''), application_name, coalesce(state, ''), extract(epoch from now() - state_change)::float8
        {Chosen}
        order by state_change
        """;

    // Asked anew of each: one that has begun to work in the meantime is left alone.
    private const string End = $"select pg_terminate_backend(pid) {Chosen} and pid = $9";

    // Of another role's session PostgreSQL shows who and where to everybody, and nothing else: neither its kind nor any time
    // (https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-STATS-VIEWS). What has no database is a process of the server's.
    private const string Unseen = $"""
        select count(*)::int, current_user::text
        from pg_stat_activity
        where backend_type is null and usesysid is not null and datid is not null and {Named}
          and ($6::text[] is null or to_hex(pid) in (select split_part(id, '.', 2) from unnest($6::text[]) id))
        """;

    public string Name => "postgres/terminate-backends@1";

    public string Summary => "Ends sessions that have been in a state for too long; what they had open is rolled back.";

    public Type Arguments => typeof(PostgresTerminateBackendsArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PostgresTerminateBackendsResult),
            [
                .. PostgresCalls.Acting,
                CallReach.OnlyLooked,
                new(
                    FailureClass.Refused,
                    "There were sessions, and PostgreSQL lets this user end none of them, or see none of their times: it needs `pg_signal_backend`, and `pg_read_all_stats` or `pg_monitor`."
                ),
            ],
            """
            uses: postgres/terminate-backends@1
            with:
              connection: "Host=db1.example.com;Database=shop;Username=incident"
              password: "${{ inputs.password }}"
              state: idle in transaction
              older-than: 5m
            """
        );

    // A repeat finds only what still has been in that state for so long.
    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with)
    {
        var sessions = with.TextsOf("session-ids", ", ") is { } ids
            ? $"sessions {ids}, if they are still there,"
            : $"at most {with.TextOf("limit") ?? "100"} sessions";
        var which = new[]
        {
            ("state", "in state"),
            ("session-user", "of user"),
            ("database", "of database"),
            ("application", "of application"),
        }
            .Where(one => with.TextOf(one.Item1) is not null)
            .Select(one => $" {one.Item2} {with.TextOf(one.Item1)}");
        var kept = with.TextsOf("except-users", ", ") is { Length: > 0 } users ? $" but none of {users}" : "";
        if (with.TextOf("except-waiting") is "True")
            kept += $" {(kept.Length > 0 ? "and" : "but")} none that holds a lock or was last told to LISTEN";
        var age = with.TextOf("older-than") is "0s" ? "" : $" for {with.TextOf("older-than")} or longer";
        return $"end {sessions}{string.Concat(which)}{kept}{age} on {PostgresCalls.Where(with)}";
    }

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<PostgresTerminateBackendsArguments>(ActionJson.Options)!;
        var age = Duration.Parse(arguments.OlderThan);
        return await PostgresCalls.AskAsync(
            outward,
            call,
            new PostgresArguments(arguments.Connection, arguments.Password),
            connection => EndAsync(connection, arguments, age, call, cancel),
            cancel
        );
    }

    private static async Task<ActionResult> EndAsync(
        NpgsqlConnection connection,
        PostgresTerminateBackendsArguments arguments,
        TimeSpan age,
        ActionCall call,
        CancellationToken cancel
    )
    {
        var (unseen, role) = await call.Reach.LookAsync(() => UnseenAsync(connection, arguments, age, cancel));
        var blind =
            $"role {role} may not see the state and the times of {unseen} session(s) that may be meant: grant it pg_read_all_stats, or pg_monitor";
        if (unseen > 0)
            call.Output(blind);
        var ended = new List<PostgresSession>();
        var kept = new List<PostgresKeptSession>();
        foreach (var one in await call.Reach.LookAsync(() => FindAsync(connection, arguments, age, cancel)))
        {
            if (ended.Count == arguments.Limit)
                break;
            await using var command = Command(End, connection, arguments, age);
            command.Parameters.Add(new NpgsqlParameter { Value = one.Pid });
            try
            {
                // No row, or false: one that ended or changed its state by itself in the meantime is none of ours.
                if (await command.ExecuteScalarAsync(cancel) is not true)
                    continue;
            }
            catch (PostgresException fault) when (PostgresCalls.ClassOf(fault.SqlState) is FailureClass.Refused)
            {
                // One that is not ours to end, as a superuser's, keeps nobody from ending the others.
                var because = PostgresCalls.Said(fault, call);
                kept.Add(new PostgresKeptSession(one.Pid, one.User, one.Application, because));
                call.Output($"kept {one.Pid} of {one.User} ({one.Application}): {because}");
                continue;
            }

            ended.Add(one);
            call.Output($"ended {one.Pid} of {one.User} ({one.Application}), {one.State} for {one.Seconds:0} s");
        }

        var result = new PostgresTerminateBackendsResult(ended.Count, ended, kept, unseen);
        return ended.Count == 0 && kept.Count + unseen > 0
            ? new ActionResult.Failed(
                FailureClass.Refused,
                kept.Count > 0 ? $"none of {kept.Count} session(s) was ended: {kept[0].Because}" : $"no session was ended: {blind}",
                JsonSerializer.SerializeToElement(result, ActionJson.Options)
            )
            : ActionResult.Success(result);
    }

    private static async Task<(int Sessions, string Role)> UnseenAsync(
        NpgsqlConnection connection,
        PostgresTerminateBackendsArguments arguments,
        TimeSpan age,
        CancellationToken cancel
    )
    {
        await using var command = Command(Unseen, connection, arguments, age);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return (reader.GetInt32(0), reader.GetString(1));
    }

    private static async Task<List<PostgresSession>> FindAsync(
        NpgsqlConnection connection,
        PostgresTerminateBackendsArguments arguments,
        TimeSpan age,
        CancellationToken cancel
    )
    {
        await using var command = Command(Found, connection, arguments, age);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new List<PostgresSession>();
        while (await reader.ReadAsync(cancel))
            found.Add(
                new PostgresSession(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetDouble(4))
            );
        return found;
    }

    private static NpgsqlCommand Command(
        string sql,
        NpgsqlConnection connection,
        PostgresTerminateBackendsArguments arguments,
        TimeSpan age
    )
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = age.TotalSeconds });
        foreach (var filter in (string?[])[arguments.State, arguments.SessionUser, arguments.Database, arguments.Application])
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)filter ?? DBNull.Value });
        foreach (var list in (IReadOnlyList<string>?[])[arguments.SessionIds, arguments.ExceptUsers])
            command.Parameters.Add(
                new NpgsqlParameter
                {
                    NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
                    Value = (object?)list?.ToArray() ?? DBNull.Value,
                }
            );
        command.Parameters.Add(new NpgsqlParameter { Value = arguments.ExceptWaiting });
        return command;
    }
}
