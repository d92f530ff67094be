using System.ComponentModel;
using System.Text.Json;
using Npgsql;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Postgres;

public sealed record PostgresReplicationResult(
    [Description("`primary` or `replica`.")] string Role,
    [Description(
        "Of a replica: bytes that it has received and not replayed yet. Of a primary: the most that one of its replicas is behind."
    )]
        long LagBytes,
    [Description(
        "Of a replica: age of the last transaction that it replayed, 0 once it has replayed all that it received. Of a primary: the slowest replica's."
    )]
        double LagSeconds,
    [Description("Of a replica: whether its replay is paused.")] bool Paused,
    [Description("Of a replica: whether it receives from its primary.")] bool Receiving,
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
    private const string Replica = """
        select coalesce(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), 0)::bigint,
               case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
                    else coalesce(extract(epoch from now() - pg_last_xact_replay_timestamp()), 0) end::float8,
               pg_is_wal_replay_paused(), exists (select from pg_stat_wal_receiver where status = 'streaming')
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
            PostgresCalls.Reading,
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

    private static async Task<PostgresReplicationResult> ReplicaAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Replica, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new PostgresReplicationResult(
            "replica",
            reader.GetInt64(0),
            reader.GetDouble(1),
            reader.GetBoolean(2),
            reader.GetBoolean(3),
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
            Receiving: false,
            replicas
        );
    }
}
