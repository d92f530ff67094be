using Npgsql;
using Tests.Servers;
using Tests.Support;

namespace Tests.Library;

/// <summary>A primary that writes nothing of its own accord: rows and records of its log that come are somebody's.</summary>
internal abstract class PostgresStage(string runbook) : PlanStage(runbook)
{
    private object? since;

    protected PostgresServer Primary { get; private set; } = null!;

    public override async Task SetUpAsync()
    {
        Primary = Started(new PostgresServer());
        // A replica lets queries hold up its replay for as long as they take.
        foreach (var setting in (string[])["autovacuum = off", "max_standby_streaming_delay = -1"])
            Primary.Execute("postgres", "alter system set " + setting);
        Primary.Execute("postgres", "select pg_reload_conf()");
        Primary.Execute("postgres", "create extension pg_walinspect");
        Use(Primary, "POSTGRES_ADMIN_PASSWORD");
        await BreakAsync();
        since = Primary.Execute("postgres", "select pg_current_wal_lsn()::text");
        // Asked of a log without a record, pg_walinspect errs.
        Primary.Execute("postgres", "create table marker()");
    }

    public override async Task<string> WrittenAsync()
    {
        // A session counts its rows when it ends, a moment after whoever closed it has gone on.
        const string closing = "select exists (select from pg_stat_activity where backend_type = 'client backend' and state = 'idle')";
        const string rows = "select sum(tup_inserted + tup_updated + tup_deleted)::bigint from pg_stat_database";
        await Until.Holds(() => Task.FromResult(Primary.Execute("postgres", closing) is false), "the end of sessions that were closed");
        return $"{Primary.Execute("postgres", rows)} {Records()}";
    }

    // What the server itself notes for its replica and tidies up while it reads is nobody's call.
    private object? Records() =>
        Primary.Execute(
            "postgres",
            $"""
            select count(*) || string_agg(distinct resource_manager || ' ' || record_type, ', ')
            from pg_get_wal_records_info('{since}', pg_current_wal_lsn()) where resource_manager not in ('Standby', 'XLOG', 'Heap2')
            """
        );

    protected abstract Task BreakAsync();

    protected void Use(PostgresServer server, string password)
    {
        (Inputs["connection"], Inputs["server"]) = (For(server), NameOf(server));
        Environment[password] = Secret;
    }

    /// <summary>As alerts about it call it.</summary>
    public static string NameOf(PostgresServer server) => $"127.0.0.1:{server.Port}";

    protected static string At(PostgresServer server) => $"on 127.0.0.1:{server.Port}/postgres";

    public static string For(PostgresServer server, string user = "postgres") =>
        $"Host=127.0.0.1;Port={server.Port};Database=postgres;Username={user}";

    public static string Administrator(PostgresServer server) => For(server) + ";Pooling=false";
}

internal sealed class HangingSessions() : PostgresStage("postgres-connections-exhausted")
{
    private readonly List<NpgsqlConnection> held = [];

    public override IReadOnlyList<(string Step, string Says)> Acts =>
        [
            ("tell", "12 of shop"),
            ("end-hanging", "end at most 100 sessions in state idle in transaction but none of postgres for 1ms or longer " + At(Primary)),
            (
                "end-aborted",
                "end at most 100 sessions in state idle in transaction (aborted) but none of postgres for 1ms or longer " + At(Primary)
            ),
        ];

    public override async Task<string> WrittenAsync()
    {
        foreach (var session in held)
            (await new NpgsqlCommand("select 1", session).ExecuteScalarAsync()).ShouldBe(1, "nobody ended it");
        return await base.WrittenAsync();
    }

    protected override async Task BreakAsync()
    {
        (Inputs["well"], Inputs["patience"]) = ("1", "1ms");
        Primary.Execute("postgres", "create role shop login");
        var shop = For(Primary, "shop") + ";Pooling=false";
        for (var each = 0; each < 12; each++)
        {
            var session = Started(new NpgsqlConnection(shop));
            await session.OpenAsync();
            await new NpgsqlCommand("begin", session).ExecuteNonQueryAsync();
            held.Add(session);
        }

        var failed = Started(new NpgsqlConnection(shop));
        await failed.OpenAsync();
        await new NpgsqlCommand("begin", failed).ExecuteNonQueryAsync();
        await Should.ThrowAsync<PostgresException>(() => new NpgsqlCommand("select 1 / 0", failed).ExecuteNonQueryAsync());
    }
}

internal sealed class EndedPassword() : PostgresStage("expired-credentials")
{
    public override IReadOnlyList<(string Step, string Says)> Acts => [("rotate", "rotate-credentials")];

    protected override Task BreakAsync()
    {
        Inputs["account"] = "shop";
        Primary.Execute("postgres", "create role shop login password 'old' valid until '2026-01-01'");
        return Task.CompletedTask;
    }
}

/// <summary>A query on the replica that reads what the primary has emptied meanwhile holds up the replay.</summary>
internal class BlockedReplica() : PostgresStage("postgres-replica-lag")
{
    private LongQuery report = null!;

    public override IReadOnlyList<(string Step, string Says)> Acts =>
        [
            ("tell", "select pg_sleep(600) from load"),
            ("end-sessions", "1 target"),
            ("end-sessions[0]", "if they are still there, " + At(Replica)),
        ];

    protected PostgresServer Replica { get; private set; } = null!;

    public override async Task<string> WrittenAsync()
    {
        report.IsRunning.ShouldBeTrue("nobody ended it");
        return $"{await base.WrittenAsync()} paused: {Replica.Execute("postgres", "select pg_is_wal_replay_paused()")}";
    }

    protected override async Task BreakAsync()
    {
        (Inputs["max-lag"], Inputs["patience"]) = ("0", "1ms");
        Primary.Execute("postgres", "create table load as select 1 as n");
        Replica = Started(Primary.NewReplica());
        Use(Replica, "REPLICA_PASSWORD");
        Pause();
        report = Started(new LongQuery(Administrator(Replica), "select pg_sleep(600) from load"));
        Primary.Execute("postgres", "truncate load");
        // One that does not hold it up.
        Started(new LongQuery(Administrator(Replica), "select pg_sleep(600)"));
        const string behind = "select pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()";
        await Until.Holds(() => Task.FromResult(Replica.Execute("postgres", behind) is true), "a replica that is behind");
    }

    protected virtual void Pause() { }
}

/// <summary>As long as its replay is paused, nobody holds it up; as soon as it goes on, somebody does.</summary>
internal sealed class PausedReplica : BlockedReplica
{
    public override IReadOnlyList<(string Step, string Says)> Acts =>
        [
            ("resume", "resume the replay " + At(Replica)),
            ("tell", "post"),
            ("end-sessions", "for each of a list that is not known"),
            ("end-sessions[0]", "end sessions "),
        ];

    protected override async Task BreakAsync()
    {
        await base.BreakAsync();
        Inputs["max-lag"] = "16777216";
    }

    protected override void Pause() => Replica.Execute("postgres", "select pg_wal_replay_pause()");
}
