using Tests.Support;

namespace Tests.Servers;

/// <summary>A real etcd of three members.</summary>
internal sealed class EtcdServers : IDisposable
{
    private const int Members = 3;
    private readonly ServerProcess?[] running = new ServerProcess?[Members];
    private readonly int[] clients = [Loopback.FreePort(), Loopback.FreePort(), Loopback.FreePort()];
    private readonly int[] peers = [Loopback.FreePort(), Loopback.FreePort(), Loopback.FreePort()];
    private readonly HttpClient http = new(new SocketsHttpHandler());
    private readonly string folder;

    public EtcdServers(string folder)
    {
        this.folder = folder;
        for (var member = 0; member < Members; member++)
            Start(member);
    }

    /// <summary>For clients; its figures for Prometheus are there, too.</summary>
    public int Port(int member) => clients[member];

    public string Endpoint(int member) => $"http://127.0.0.1:{clients[member]}";

    public async Task UntilReadyAsync()
    {
        foreach (var one in running)
            await one!.UntilAsync(() => http.AnswersAsync(Endpoint(Array.IndexOf(running, one)) + "/health"));
    }

    /// <summary>SIGKILL.</summary>
    public void Kill(int member)
    {
        running[member]?.Dispose();
        running[member] = null;
    }

    /// <summary>Also one that was killed: it joins again with what it had.</summary>
    public void Start(int member) =>
        running[member] = new ServerProcess(
            "etcd",
            "etcd-server",
            folder,
            "--name",
            $"m{member}",
            "--data-dir",
            $"{folder}/m{member}",
            "--listen-client-urls",
            Endpoint(member),
            "--advertise-client-urls",
            Endpoint(member),
            "--listen-peer-urls",
            Peer(member),
            "--initial-advertise-peer-urls",
            Peer(member),
            "--initial-cluster",
            string.Join(',', Enumerable.Range(0, Members).Select(one => $"m{one}={Peer(one)}")),
            "--log-level",
            "warn"
        );

    public void Dispose()
    {
        foreach (var one in running)
            one?.Dispose();
        http.Dispose();
    }

    private string Peer(int member) => $"http://127.0.0.1:{peers[member]}";
}
