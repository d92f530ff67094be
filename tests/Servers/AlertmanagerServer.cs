using Tests.Support;

namespace Tests.Servers;

/// <summary>A real Alertmanager that sends all it hears to one webhook, at once.</summary>
internal sealed class AlertmanagerServer : IDisposable
{
    private readonly ServerProcess process;
    private readonly HttpClient http = new(new SocketsHttpHandler());

    public AlertmanagerServer(string folder, Uri webhook, string token)
    {
        Port = Loopback.FreePort();
        var config = folder + "/alertmanager.yml";
        File.WriteAllText(
            config,
            $$"""
            route: { receiver: incident, group_by: [alertname, service], group_wait: 1s, group_interval: 1s, repeat_interval: 1h }
            receivers:
              - name: incident
                webhook_configs:
                  - url: {{webhook}}
                    send_resolved: true
                    http_config: { authorization: { credentials: {{token}} } }

            """
        );
        process = new ServerProcess(
            "prometheus-alertmanager",
            "prometheus-alertmanager",
            folder,
            $"--config.file={config}",
            $"--storage.path={folder}/alertmanager",
            $"--web.listen-address=127.0.0.1:{Port}",
            "--cluster.listen-address="
        );
    }

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}";

    public Task UntilReadyAsync() => process.UntilAsync(() => http.AnswersAsync(Address + "/-/ready"));

    /// <summary>All silences that it has, also those that are over, as its API tells them.</summary>
    public Task<string> SilencesAsync() => http.GetStringAsync(new Uri(Address + "/api/v2/silences"));

    public void Dispose()
    {
        process.Dispose();
        http.Dispose();
    }
}
