using Tests.Support;

namespace Tests.Servers;

/// <summary>A real Prometheus that scrapes its targets every second and tells one Alertmanager.</summary>
internal sealed class PrometheusServer : IDisposable
{
    private const string Scrapes = "global: { scrape_interval: 1s, evaluation_interval: 1s }";
    private readonly ServerProcess process;
    private readonly HttpClient http = new(new SocketsHttpHandler());
    private readonly int port = Loopback.FreePort();
    private readonly string config;

    /// <summary>One that knows nothing but itself.</summary>
    public PrometheusServer(string folder)
        : this(folder, Scrapes, "") { }

    /// <param name="targets">Ports of this machine, and what their series are labelled with, in YAML.</param>
    /// <param name="rules">A rule file in YAML.</param>
    public PrometheusServer(string folder, IEnumerable<(int Port, string Labels)> targets, AlertmanagerServer alertmanager, string rules)
        : this(
            folder,
            $$"""
            {{Scrapes}}
            rule_files: [ rules.yml ]
            alerting: { alertmanagers: [ { static_configs: [ { targets: [ "127.0.0.1:{{alertmanager.Port}}" ] } ] } ] }
            scrape_configs:
              - job_name: watched
                static_configs:
            {{string.Join(
                '\n',
                targets.Select(target => $$"""      - { targets: [ "127.0.0.1:{{target.Port}}" ], labels: {{target.Labels}} }""")
            )}}

            """,
            rules
        ) { }

    private PrometheusServer(string folder, string configuration, string rules)
    {
        File.WriteAllText(folder + "/rules.yml", rules);
        config = folder + "/prometheus.yml";
        Configure(configuration);
        process = new ServerProcess(
            "prometheus",
            "prometheus",
            folder,
            $"--config.file={config}",
            $"--storage.tsdb.path={folder}/prometheus",
            $"--web.listen-address=127.0.0.1:{port}",
            "--web.enable-lifecycle"
        );
    }

    public string Address => $"http://127.0.0.1:{port}";

    /// <summary>It reads it at its start, and when it is told to.</summary>
    public void Configure(string configuration) => File.WriteAllText(config, configuration);

    public Task UntilReadyAsync() => process.UntilAsync(() => http.AnswersAsync(Address + "/-/ready"));

    public void Dispose()
    {
        process.Dispose();
        http.Dispose();
    }
}
