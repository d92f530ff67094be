using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Tests.Support;

namespace Tests.Servers;

/// <summary>
/// Keeps objects as an API server does: read, patched, deleted by UID, evicted. Paths, methods and query parameters are judged by what
/// a real API server (1.20) says of itself at <c>/openapi/v2</c>.
/// </summary>
internal sealed class KubernetesServer : IAsyncDisposable
{
    public const string Token = "planted-kubernetes-token";
    private static readonly JsonNode Known = JsonNode.Parse(Payload.Read("kubernetes/operations.json"))!;
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, JsonObject> objects = new(StringComparer.Ordinal);
    private int version = 100;

    private KubernetesServer(WebApplication app) => this.app = app;

    public string Kubeconfig =>
        $$"""
            apiVersion: v1
            kind: Config
            current-context: lab
            clusters: [{ name: lab, cluster: { server: "{{app.Urls.First()}}" } }]
            users: [{ name: bot, user: { token: {{Token}} } }]
            contexts: [{ name: lab, context: { cluster: lab, user: bot } }]
            """;

    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>What the description says against requests that came.</summary>
    public ConcurrentQueue<string> Objections { get; } = [];

    /// <summary>Evictions that a disruption budget holds up.</summary>
    public int HeldUp { get; set; }

    /// <summary>So many of the next requests lose their connection in place of an answer.</summary>
    public int Drops { get; set; }

    /// <summary>One from before 1.22, which knows no eviction of <c>policy/v1</c>.</summary>
    public bool IsOld { get; set; }

    public static async Task<KubernetesServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new KubernetesServer(builder.Build());
        server.app.Run(server.TakeAsync);
        await server.app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    public JsonObject this[string path] => objects[path];

    public bool Has(string path) => objects.ContainsKey(path);

    /// <summary>An object at its path, given in JSON; UID and version are made.</summary>
    public void Add(string path, string json)
    {
        var one = JsonNode.Parse(json)!.AsObject();
        one["metadata"] ??= new JsonObject();
        one["metadata"]!["name"] = path.Split('/')[^1];
        if (path.Contains("/namespaces/", StringComparison.Ordinal))
            one["metadata"]!["namespace"] = path.Split('/')[path.Split('/').ToList().IndexOf("namespaces") + 1];
        one["metadata"]!["uid"] ??= "uid-of-" + path.Split('/')[^1];
        one["metadata"]!["generation"] ??= 1;
        one["metadata"]!["resourceVersion"] = $"{version++}";
        objects[path] = one;
    }

    private async Task TakeAsync(HttpContext context)
    {
        var request = context.Request;
        var path = request.Path.Value!;
        using var reader = new StreamReader(request.Body);
        var text = await reader.ReadToEndAsync();
        Requests.Enqueue($"{request.Method} {path}");
        Judge(request, path);
        if (Drops > 0)
        {
            Drops--;
            context.Abort();
        }
        else if (request.Headers.Authorization != $"Bearer {Token}")
            await SayAsync(context, 401, Status(401, "Unauthorized"));
        else if (path.Contains("forbidden", StringComparison.Ordinal))
            await SayAsync(context, 403, Status(403, "nodes \"forbidden\" is forbidden: User \"bot\" cannot get resource"));
        else if (path.EndsWith("/log", StringComparison.Ordinal))
            await context.Response.WriteAsync("one\ntwo\n");
        else
        {
            var (status, answer) = Answer(request, path, text.Length > 0 ? JsonNode.Parse(text) : null);
            await SayAsync(context, status, answer);
        }
    }

    private void Judge(HttpRequest request, string path)
    {
        foreach (var (template, methods) in Known["paths"]!.AsObject())
        {
            if (!Regex.IsMatch(path, $"^{Regex.Replace(template, @"\{\w+\}", "[^/]+")}$", RegexOptions.None, TimeSpan.FromSeconds(1)))
                continue;
            if (methods![request.Method.ToLowerInvariant()] is not JsonArray parameters)
                break;
            foreach (var name in request.Query.Keys.Where(name => parameters.All(one => one!.GetValue<string>() != name)))
                Objections.Enqueue($"{request.Method} {template}: no parameter '{name}'");
            var type = request.ContentType?.Split(';')[0];
            if (request.Method is "PATCH" && Known["patch"]!.AsArray().All(one => one!.GetValue<string>() != type))
                Objections.Enqueue($"PATCH {template}: no content type '{type}'");
            return;
        }

        Objections.Enqueue($"{request.Method} {path}: no such operation");
    }

    private (int, JsonNode) Answer(HttpRequest request, string path, JsonNode? body)
    {
        if (request.Method is "POST")
            return Evict(path[..^"/eviction".Length], body!);
        if (path is "/api/v1/pods")
            return (200, List(request, one => one.Value["spec"]?["nodeName"]?.GetValue<string>(), "fieldSelector", "/pods/"));
        if (path.EndsWith("/replicasets", StringComparison.Ordinal))
            return (200, List(request, _ => null, "", "/replicasets/"));
        if (!objects.TryGetValue(path, out var found))
            return (404, Status(404, $"\"{path.Split('/')[^1]}\" not found"));
        return request.Method switch
        {
            "GET" => (200, found.DeepClone()),
            "DELETE" => Delete(path, found, body?["preconditions"]?["uid"]?.GetValue<string>()),
            _ => Patch(found, body!, request.ContentType!),
        };
    }

    private JsonObject List(HttpRequest request, Func<KeyValuePair<string, JsonObject>, string?> field, string selector, string part)
    {
        var wanted = selector.Length == 0 ? null : request.Query[selector].ToString().Split('=')[^1];
        var items = objects.Where(one => one.Key.Contains(part, StringComparison.Ordinal) && field(one) == wanted);
        return new JsonObject
        {
            ["items"] = new JsonArray([.. items.Select(one => one.Value.DeepClone())]),
            ["metadata"] = new JsonObject(),
        };
    }

    private (int, JsonNode) Delete(string path, JsonObject found, string? uid)
    {
        if (uid is not null && found["metadata"]!["uid"]!.GetValue<string>() != uid)
            return (409, Status(409, "the UID in the precondition does not match the UID in record"));
        objects.TryRemove(path, out _);
        return (200, found.DeepClone());
    }

    private (int, JsonNode) Evict(string path, JsonNode eviction)
    {
        if (IsOld)
            return (400, Status(400, "no kind \"Eviction\" is registered for version \"policy/v1\" in scheme"));
        if (!objects.TryGetValue(path, out var pod))
            return (404, Status(404, "not found"));
        if (HeldUp > 0)
        {
            HeldUp--;
            return (429, Status(429, "Cannot evict pod as it would violate the pod's disruption budget."));
        }

        return Delete(path, pod, eviction["deleteOptions"]?["preconditions"]?["uid"]?.GetValue<string>()) is (409, var conflict)
            ? (409, conflict)
            : (201, eviction.DeepClone());
    }

    private (int, JsonNode) Patch(JsonObject found, JsonNode patch, string type)
    {
        var before = found["spec"]?.ToJsonString();
        if (patch is JsonArray steps && type.StartsWith("application/json-patch", StringComparison.Ordinal))
        {
            foreach (var step in steps)
            {
                var keys = step!["path"]!.GetValue<string>().Split('/')[1..];
                JsonNode parent = found;
                foreach (var key in keys[..^1])
                    parent = parent[key]!;
                if (step["op"]!.GetValue<string>() is "replace")
                    parent[keys[^1]] = step["value"]!.DeepClone();
                else if (parent[keys[^1]]!.ToJsonString() != step["value"]!.ToJsonString())
                    return (422, Status(422, "the server rejected our request due to an error in our request"));
            }
        }
        else
        {
            Merge(found, patch.AsObject());
        }

        found["metadata"]!["resourceVersion"] = $"{version++}";
        if (found["spec"]?.ToJsonString() != before)
            found["metadata"]!["generation"] = found["metadata"]!["generation"]!.GetValue<int>() + 1;
        return (200, found.DeepClone());
    }

    // RFC 7386; a strategic merge differs only in lists.
    private static void Merge(JsonObject into, JsonObject patch)
    {
        foreach (var (key, value) in patch)
        {
            if (value is JsonObject inner && into[key] is JsonObject there)
                Merge(there, inner);
            else
                into[key] = value?.DeepClone();
        }
    }

    private static JsonObject Status(int code, string message) =>
        new()
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["status"] = "Failure",
            ["message"] = message,
            ["code"] = code,
        };

    private static async Task SayAsync(HttpContext context, int status, JsonNode body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body.ToJsonString());
    }
}
