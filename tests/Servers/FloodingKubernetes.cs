using System.Net.Sockets;
using System.Text;

namespace Tests.Servers;

/// <summary>
/// An API server that says yes to everything, has one pod that never goes, and ends each watch at once after nine megabytes of pods that nobody has
/// heard of: each answer is as large as one may be, and they have no end.
/// </summary>
internal sealed class FloodingKubernetes : IAsyncDisposable
{
    private const int Pods = 90;
    private static readonly string Padding = new('x', 100_000);
    private static readonly string Stays = Pod("stays", "ReplicaSet", "");
    private readonly LoopbackListener listener;
    private int watches;

    public FloodingKubernetes() => listener = new LoopbackListener(ServeAsync);

    public int Watches => watches;

    public string Kubeconfig =>
        $$"""
            { apiVersion: v1, kind: Config, current-context: a,
              clusters: [{ name: a, cluster: { server: "http://127.0.0.1:{{listener.Port}}" } }],
              users: [{ name: b, user: { token: a-token-of-nobody } }], contexts: [{ name: a, context: { cluster: a, user: b } }] }
            """;

    public ValueTask DisposeAsync() => listener.DisposeAsync();

    private async Task ServeAsync(Socket socket, CancellationToken stop)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var request = await HeadAsync(stream, stop);
            if (request.Contains("watch=true", StringComparison.Ordinal))
                await FloodAsync(stream, Interlocked.Increment(ref watches), stop);
            else
                await SayAsync(stream, Answer(request), stop);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client has had enough.
        }
    }

    private static async Task<string> HeadAsync(NetworkStream stream, CancellationToken stop)
    {
        var head = new StringBuilder();
        var buffer = new byte[4096];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer, stop);
            if (read == 0)
                throw new IOException("no request");
            head.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return head.ToString();
    }

    private static string Answer(string request) =>
        request.Split(' ') is [var method, var path, ..]
            ? (method, path) switch
            {
                ("GET", "/api/v1" or "/api/v1/") => """
                    { "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "v1", "resources":
                      [{ "name": "pods/eviction", "singularName": "", "namespaced": true, "group": "policy", "version": "v1", "kind": "Eviction", "verbs": ["create"] }] }
                    """,
                ("GET", _) =>
                    $$"""{ "kind": "PodList", "apiVersion": "v1", "metadata": { "resourceVersion": "1" }, "items": [{{Stays}}] }""",
                ("PATCH", _) => """{ "kind": "Node", "apiVersion": "v1", "metadata": { "name": "worker" } }""",
                ("DELETE", _) => Stays,
                _ => """{ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success" }""",
            }
            : "";

    private static async Task SayAsync(NetworkStream stream, string body, CancellationToken stop)
    {
        var head = $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head + body), stop);
    }

    private static async Task FloodAsync(NetworkStream stream, int turn, CancellationToken stop)
    {
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"u8.ToArray(), stop);
        for (var pod = 0; pod < Pods; pod++)
        {
            var added = $$"""{ "type": "ADDED", "object": {{Pod($"new-{turn}-{pod}", "DaemonSet", Padding)}} }""";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(added + "\n"), stop);
        }
    }

    // On one line, as in a watch.
    private static string Pod(string uid, string owner, string padding) =>
        $$"""{ "kind": "Pod", "apiVersion": "v1", "metadata": { "name": "web", "namespace": "default", "uid": "{{uid}}", "resourceVersion": "2", """
        + $$""" "annotations": { "padding": "{{padding}}" }, "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "{{owner}}", "name": "x", "uid": "u", "controller": true }] } }""";
}
