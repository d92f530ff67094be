using Tests.Library;
using Tests.Servers;
using Xunit.Abstractions;

namespace Tests.GameDays;

/// <summary>Somebody paused the replay of a PostgreSQL replica and forgot it; Prometheus sees it lag.</summary>
public sealed class ReplicaLagGameDay(ITestOutputHelper output) : GameDay(output)
{
    private const string Rules = $$$"""
        groups:
          - name: postgres
            rules:
              - alert: PostgresReplicaLag
                expr: {{{PostgresExporter.LagMetric}}} > 1000000
                for: 1s
                labels: { severity: critical, service: shop-db, patience: 1s }
                annotations: { summary: "The replica is {{ $value }} bytes behind" }

        """;

    private PostgresServer primary = null!;
    private PostgresServer replica = null!;

    public override async Task InitializeAsync()
    {
        primary = Started(new PostgresServer());
        primary.Execute("postgres", "create table kept as select 1 as n");
        // A query on the replica may hold its replay up for as long as it takes.
        primary.Execute("postgres", "alter system set max_standby_streaming_delay = -1");
        replica = Started(primary.NewReplica());
        var exporter = Started(new PostgresExporter(Folder, replica));
        await exporter.UntilReadyAsync();
        await StartBotAsync(
            new Dictionary<string, string>
            {
                ["REPLICA_PASSWORD"] = Secret,
                ["Runbooks__Paths__0"] = Shipped.With(Folder, "postgres-replica-lag", "connection", PostgresStage.For(replica)),
            }
        );
        await WatchAsync(Rules, (exporter.Port, $$"""{ server: "{{PostgresStage.NameOf(replica)}}" }"""));
    }

    [Theory]
    [MemberData(nameof(Repetitions))]
    public async Task A_replica_that_lags_is_repaired_although_the_bot_dies_at_a_random_step(int seed)
    {
        var told = await PlayAsync(
            seed,
            new Play(
                "postgres-replica-lag",
                new(["server", "heard", "look"], ["resume"], ["blockers", "goes-on", "caught-up", "note"]),
                () =>
                {
                    replica.Execute("postgres", "select pg_wal_replay_pause()");
                    primary.Execute("postgres", "create table load as select generate_series(1, 100000) as n");
                    return Task.CompletedTask;
                }
            )
        );

        replica.Execute("postgres", "select pg_is_wal_replay_paused()").ShouldBe(false);
        replica.Execute("postgres", "select count(*) from load").ShouldBe(100_000L);
        told.ShouldContain("Step resume was approved by");
    }

    [Theory]
    [MemberData(nameof(Repetitions))]
    public async Task A_replay_that_a_session_holds_up_after_a_pause_is_freed_of_that_session_alone(int seed)
    {
        var report = Started(new LongQuery(PostgresStage.Administrator(replica), "select pg_sleep(600) from kept"));
        var other = Started(new LongQuery(PostgresStage.Administrator(replica), "select pg_sleep(600)"));

        await PlayAsync(
            seed,
            new Play(
                "postgres-replica-lag",
                new(["server", "heard", "look"], ["resume", "blockers", "tell", "end-sessions[0]"], ["goes-on", "caught-up", "note"]),
                () =>
                {
                    replica.Execute("postgres", "select pg_wal_replay_pause()");
                    primary.Execute("postgres", "truncate kept");
                    // Beyond what the runbook takes for well.
                    primary.Execute("postgres", "create table load as select generate_series(1, 600000) as n");
                    return Task.CompletedTask;
                }
            )
        );

        report.IsRunning.ShouldBeFalse();
        other.IsRunning.ShouldBeTrue();
        replica.Execute("postgres", "select count(*) from load").ShouldBe(600_000L);
    }
}
