using Tests.Support;

namespace Tests.Servers;

/// <summary>The real exporter of PostgreSQL's figures for Prometheus, with one of ours: how many bytes a replica has not replayed yet.</summary>
internal sealed class PostgresExporter : IDisposable
{
    public const string LagMetric = "replica_lag_bytes";

    private const string Queries = """
        replica:
          query: "select coalesce(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), 0)::float8 as lag_bytes"
          metrics:
            - lag_bytes: { usage: GAUGE, description: "Bytes that are received and not replayed" }

        """;

    private readonly ServerProcess process;
    private readonly HttpClient http = new(new SocketsHttpHandler());

    public PostgresExporter(string folder, PostgresServer server)
    {
        var queries = folder + "/queries.yaml";
        File.WriteAllText(queries, Queries);
        process = new ServerProcess(
            "env",
            "prometheus-postgres-exporter",
            folder,
            $"DATA_SOURCE_NAME=postgresql://postgres@127.0.0.1:{server.Port}/postgres?sslmode=disable",
            "prometheus-postgres-exporter",
            $"--web.listen-address=127.0.0.1:{Port}",
            "--disable-default-metrics",
            "--disable-settings-metrics",
            $"--extend.query-path={queries}"
        );
    }

    public int Port { get; } = Loopback.FreePort();

    public Task UntilReadyAsync() => process.UntilAsync(() => http.AnswersAsync($"http://127.0.0.1:{Port}/metrics"));

    public void Dispose()
    {
        process.Dispose();
        http.Dispose();
    }
}
