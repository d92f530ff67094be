using System.ComponentModel;
using System.Text.Json;
using Npgsql;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Postgres;

public sealed record PostgresReplicationResult(
    [Description("`primary` or `replica`.")] string Role,
    [Description(
        "Of a replica: bytes that its primary had when it was last heard, and that are not replayed yet. Of a primary: the most that one of its replicas is behind."
    )]
        long LagBytes,
    [Description(
        "Of a replica: age of the last transaction that it replayed, 0 once it has replayed all that there is and receives. Of a primary: the slowest replica's."
    )]
        double LagSeconds,
    [Description("Of a replica: whether its replay is paused.")] bool Paused,
    [Description(
        "Of a replica that paused by itself, since a setting is lower than on its primary, and would shut down if it went on: what to raise before it is restarted; null: it did not."
    )]
        string? Raise,
    [Description(
        "Of a replica: whether it receives from its primary: it is connected to it, and has heard of it within `wal_receiver_timeout`."
    )]
        bool Receiving,
    [Description(
        "Of a replica: for how long it has heard nothing of its primary, which speaks at least every half `wal_receiver_timeout`; null: it is not connected to it."
    )]
        double? SilentSeconds,
    [Description("Of a primary: those that follow it.")] IReadOnlyList<PostgresFollower> Replicas
);

public sealed record PostgresFollower(
    [Description("Its `application_name`.")] string Name,
    [Description("Its address.")] string Address,
    [Description("`streaming`, `catchup` and others.")] string State,
    [Description("Bytes that it has not replayed yet.")] long LagBytes,
    [Description("Seconds until it has replayed what is written now.")] double LagSeconds
);

/// <summary><c>postgres/replication@1</c>.</summary>
public sealed class PostgresReplicationAction(Outward outward) : IStepAction
{
    // Of those that follow and of what it receives PostgreSQL shows other roles that there is somebody, and nothing else.
    private const string Sees = "select pg_has_role('pg_read_all_stats', 'usage'), current_user::text";

    // A receiver that hangs, or whose network swallows all, stays `streaming`, and has replayed all that it received: what it last heard of the
    // primary's end counts too, and how long ago that was. One that does not hang gives up by itself after wal_receiver_timeout (0: never).
    private const string Replica = """
        select greatest(pg_wal_lsn_diff(behind.ends, behind.replayed), 0)::bigint,
               case when receiving and behind.ends <= behind.replayed then 0
                    else coalesce(extract(epoch from now() - pg_last_xact_replay_timestamp()), silent, 0) end::float8,
               pg_is_wal_replay_paused(), coalesce(receiving, false), silent
        from (select latest_end_lsn, silent, status = 'streaming' and (patience = 0 or silent <= patience) as receiving
              from pg_stat_wal_receiver,
                   lateral (select greatest(extract(epoch from clock_timestamp() - last_msg_receipt_time), 0)::float8 as silent) heard,
                   (select setting::float8 / 1000 as patience from pg_settings where name = 'wal_receiver_timeout') setting) receiver
        right join (select 1) always on true,
             lateral (select greatest(pg_last_wal_receive_lsn(), latest_end_lsn) as ends, pg_last_wal_replay_lsn() as replayed) behind
        """;

    private const string Primary = """
        select application_name, coalesce(host(client_addr), ''), coalesce(state, ''),
               coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::bigint, coalesce(extract(epoch from replay_lag), 0)::float8
        from pg_stat_replication order by application_name, pid
        """;

    public string Name => "postgres/replication@1";

    public string Summary => "Tells whether a PostgreSQL is primary or replica, how far replicas are behind, and whether replay is paused.";

    public Type Arguments => typeof(PostgresArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PostgresReplicationResult),
            [
                .. PostgresCalls.Reading,
                new(FailureClass.Refused, "The user may not see how they follow: it needs `pg_read_all_stats` or `pg_monitor`."),
            ],
            """
            uses: postgres/replication@1
            with: { connection: "Host=db2.example.com;Database=postgres;Username=incident", password: "${{ inputs.password }}" }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"ask {PostgresCalls.Where(with)} for its replication";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
        PostgresCalls.AskAsync(
            outward,
            call,
            call.With.Deserialize<PostgresArguments>(ActionJson.Options)!,
            async connection =>
            {
                if (await BlindAsync(connection, cancel) is { } blind)
                    return new ActionResult.Failed(FailureClass.Refused, blind);
                var result = await InRecoveryAsync(connection, cancel)
                    ? await ReplicaAsync(connection, cancel)
                    : await PrimaryAsync(connection, cancel);
                call.Output($"{result.Role}, {result.LagBytes} bytes and {result.LagSeconds:0.#} s behind");
                return ActionResult.Success(result);
            },
            cancel
        );

    internal static async Task<bool> InRecoveryAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select pg_is_in_recovery()", connection);
        return (bool)(await command.ExecuteScalarAsync(cancel))!;
    }

    /// <returns>Null: it sees all that is asked.</returns>
    private static async Task<string?> BlindAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sees, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return reader.GetBoolean(0)
            ? null
            : $"role {reader.GetString(1)} may not see who follows whom, and how far: grant it pg_read_all_stats, or pg_monitor";
    }

    private static async Task<PostgresReplicationResult> ReplicaAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var raise = await PostgresOwnPause.FindAsync(connection, cancel);
        await using var command = new NpgsqlCommand(Replica, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new PostgresReplicationResult(
            "replica",
            reader.GetInt64(0),
            reader.GetDouble(1),
            reader.GetBoolean(2),
            raise,
            reader.GetBoolean(3),
            await reader.IsDBNullAsync(4, cancel) ? null : reader.GetDouble(4),
            []
        );
    }

    private static async Task<PostgresReplicationResult> PrimaryAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Primary, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var replicas = new List<PostgresFollower>();
        while (await reader.ReadAsync(cancel))
            replicas.Add(
                new PostgresFollower(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.GetDouble(4))
            );
        return new PostgresReplicationResult(
            "primary",
            replicas.Select(one => one.LagBytes).DefaultIfEmpty().Max(),
            replicas.Select(one => one.LagSeconds).DefaultIfEmpty().Max(),
            Paused: false,
            Raise: null,
            Receiving: false,
            SilentSeconds: null,
            replicas
        );
    }
}
