using System.Net.Sockets;
using System.Text;
using Tests.Support;

namespace Tests.Servers;

/// <summary>A real HAProxy with one backend, its Prometheus exporter and its runtime socket.</summary>
internal sealed class HaproxyServer : IDisposable
{
    public const string Backend = "web";

    /// <summary>Its socket is counted by itself, under the name of the first server.</summary>
    public const string Frontend = "front";

    private readonly ServerProcess process;

    public HaproxyServer(string folder, params IEnumerable<HttpBackend> servers)
    {
        MetricsPort = Loopback.FreePort();
        Socket = folder + "/haproxy.sock";
        var config = folder + "/haproxy.cfg";
        File.WriteAllText(
            config,
            $"""
            global
              stats socket {Socket} mode 600 level admin
            defaults
              mode http
              timeout connect 2s
              timeout client 5s
              timeout server 5s
            frontend metrics
              bind 127.0.0.1:{MetricsPort}
              http-request use-service prometheus-exporter if {"{ path /metrics }"}
            frontend {Frontend}
              option socket-stats
              bind 127.0.0.1:{Loopback.FreePort()} name {servers.First().Name}
              default_backend {Backend}
            backend {Backend}
              option httpchk GET /
              default-server check inter 200ms fall 3 rise 2
            {string.Join('\n', servers.Select(server => $"  server {server.Name} 127.0.0.1:{server.Port}"))}

            """
        );
        process = new ServerProcess("haproxy", "haproxy", folder, "-db", "-f", config);
    }

    public int MetricsPort { get; }

    /// <summary>The path of the runtime socket.</summary>
    public string Socket { get; }

    public Task UntilUpAsync(params IEnumerable<HttpBackend> servers) =>
        process.UntilAsync(async () =>
        {
            foreach (var server in servers)
            {
                if (await StatusAsync(server) != "UP")
                    return false;
            }

            return true;
        });

    /// <param name="state"><c>ready</c>, <c>drain</c> or <c>maint</c>.</param>
    public Task SetAsync(HttpBackend server, string state) => AskAsync($"set server {Backend}/{server.Name} state {state}", ' ');

    /// <summary>What HAProxy itself says of a server: <c>UP</c>, <c>DOWN</c>, <c>DRAIN</c>, …; null while it does not answer.</summary>
    public async Task<string?> StatusAsync(HttpBackend server) =>
        (await AskAsync("show stat", ','))?.FirstOrDefault(fields => fields is [Backend, var name, ..] && name == server.Name)?[17];

    /// <summary>What an operator has made of it (management guide, "show servers state", srv_admin_state): 0 is nothing.</summary>
    public async Task<string?> AdminStateAsync(HttpBackend server) =>
        (await AskAsync($"show servers state {Backend}", ' '))?.FirstOrDefault(fields => fields.Length > 6 && fields[3] == server.Name)?[6];

    private async Task<string[][]?> AskAsync(string command, char between)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket));
            await socket.SendAsync(Encoding.ASCII.GetBytes(command + "\n"));
            using var answer = new StreamReader(new NetworkStream(socket), Encoding.ASCII);
            return [.. (await answer.ReadToEndAsync()).Split('\n').Select(line => line.Split(between))];
        }
        catch (SocketException)
        {
            return null;
        }
    }

    public void Dispose() => process.Dispose();
}
