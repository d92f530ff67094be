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
                labels: { severity: critical, service: shop-db }
                annotations: { summary: "The replica is {{ $value }} bytes behind" }

        """;

    private PostgresServer primary = null!;
    private PostgresServer replica = null!;

    public override async Task InitializeAsync()
    {
        primary = Started(new PostgresServer());
        replica = Started(primary.NewReplica());
        var exporter = Started(new PostgresExporter(Folder, replica));
        await exporter.UntilReadyAsync();
        await StartBotAsync(
            new Dictionary<string, string>
            {
                ["REPLICA_DB"] = $"Host=127.0.0.1;Port={replica.Port};Username=postgres;Database=postgres;Password={Secret}",
            }
        );
        await WatchAsync(Rules, (exporter.Port, "{}"));
    }

    [Theory]
    [MemberData(nameof(Repetitions))]
    public async Task A_replica_that_lags_is_repaired_although_the_bot_dies_at_a_random_step(int seed)
    {
        var told = await PlayAsync(
            seed,
            new Play(
                "postgres-replica-lag",
                ["look", "resume", "blockers", "caught-up", "note"],
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
}
