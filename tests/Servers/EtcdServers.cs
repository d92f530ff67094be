using System.Net.Http.Json;
using System.Text.Json;
using Tests.Support;

namespace Tests.Servers;

/// <summary>A real etcd, of three members if not said otherwise.</summary>
internal sealed class EtcdServers : IDisposable
{
    private readonly ServerProcess?[] running;
    private readonly int[] clients;
    private readonly int[] peers;
    private readonly HttpClient http;
    private readonly string folder;
    private readonly Authority? authority;

    /// <param name="authority">It signs the members' certificates, and those that clients have to show; null: they speak without TLS.</param>
    public EtcdServers(string folder, int members = 3, Authority? authority = null)
    {
        (this.folder, this.authority) = (folder, authority);
        running = new ServerProcess?[members];
        (clients, peers) = (Ports(), Ports());
        http = new HttpClient(authority?.Client() ?? new SocketsHttpHandler());
        for (var member = 0; member < members; member++)
            Start(member);

        int[] Ports() => [.. Enumerable.Range(0, members).Select(_ => Loopback.FreePort())];
    }

    /// <summary>For clients; its figures for Prometheus are there, too.</summary>
    public int Port(int member) => clients[member];

    public string Endpoint(int member) => $"{(authority is null ? "http" : "https")}://127.0.0.1:{clients[member]}";

    public async Task UntilReadyAsync()
    {
        foreach (var one in running)
            await one!.UntilAsync(() => http.AnswersAsync(Endpoint(Array.IndexOf(running, one)) + "/health"));
    }

    /// <summary>A call of its JSON API.</summary>
    /// <param name="path">As <c>auth/user/add</c>.</param>
    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(new Uri($"{Endpoint(0)}/v3/{path}"), body);
        var said = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonElement.Parse(said) : throw new HttpRequestException(said, null, answer.StatusCode);
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
            [
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
                string.Join(',', Enumerable.Range(0, peers.Length).Select(one => $"m{one}={Peer(one)}")),
                "--log-level",
                "warn",
                .. Tls(member),
            ]
        );

    public void Dispose()
    {
        foreach (var one in running)
            one?.Dispose();
        http.Dispose();
    }

    private string[] Tls(int member)
    {
        if (authority is null)
            return [];
        var (certificate, key) = authority.Issue($"m{member}");
        File.WriteAllText($"{folder}/m{member}.crt", certificate);
        File.WriteAllText($"{folder}/m{member}.key", key);
        File.WriteAllText($"{folder}/authority.crt", authority.Pem);
        return
        [
            "--client-cert-auth",
            "--trusted-ca-file",
            $"{folder}/authority.crt",
            "--cert-file",
            $"{folder}/m{member}.crt",
            "--key-file",
            $"{folder}/m{member}.key",
        ];
    }

    private string Peer(int member) => $"http://127.0.0.1:{peers[member]}";
}
