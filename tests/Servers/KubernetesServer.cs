using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Tests.Support;

namespace Tests.Servers;

/// <summary>
/// Keeps objects as an API server does: read, listed, watched, patched, deleted by UID, evicted. Paths, methods, query parameters and bodies are judged
/// by what a real API server (1.20) says of itself at <c>/openapi/v2</c>.
/// </summary>
internal sealed class KubernetesServer : IAsyncDisposable
{
    public const string Token = "planted-kubernetes-token";

    /// <summary>Of its context in the kubeconfig.</summary>
    public const string Name = "lab.eu";
    private static readonly string[] Plurals =
    [
        "deployments",
        "statefulsets",
        "daemonsets",
        "replicasets",
        "controllerrevisions",
        "pods",
        "events",
        "services",
        "nodes",
        "jobs",
        "configmaps",
    ];
    private static readonly JsonNode Known = JsonNode.Parse(Payload.Read("kubernetes/operations.json"))!;
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, JsonObject> objects = new(StringComparer.Ordinal);
    private readonly KubernetesChanges changes = new();

    private KubernetesServer(WebApplication app) => this.app = app;

    public string Kubeconfig =>
        $$"""
            apiVersion: v1
            kind: Config
            current-context: {{Name}}
            clusters: [{ name: {{Name}}, cluster: { server: "{{app.Urls.First()}}" } }]
            users: [{ name: bot, user: { token: {{Token}} } }]
            contexts: [{ name: {{Name}}, context: { cluster: {{Name}}, user: bot } }]
            """;

    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Label selectors of the lists that were asked for; what they leave out is the API server's to know.</summary>
    public ConcurrentQueue<string> Selectors { get; } = [];

    /// <summary>What the description says against requests that came.</summary>
    public ConcurrentQueue<string> Objections { get; } = [];

    /// <summary>What each pod wrote.</summary>
    public string Log { get; set; } = "one\ntwo\n";

    /// <summary>Evictions that a disruption budget holds up.</summary>
    public int HeldUp { get; set; }

    /// <summary>So many of the next requests lose their connection in place of an answer.</summary>
    public int Drops { get; set; }

    /// <summary>Patches lose their connection in place of an answer.</summary>
    public bool LosesPatches { get; set; }

    /// <summary>What others do right before each of the next patches is taken.</summary>
    public ConcurrentQueue<Action> Meanwhile { get; } = [];

    /// <summary>What happens to each of the next watches, in place of what it asks for.</summary>
    public ConcurrentQueue<WatchFault> Faults { get; } = [];

    /// <summary>One from before 1.22, which knows no eviction of <c>policy/v1</c>.</summary>
    public bool IsOld { get; set; }

    public static async Task<KubernetesServer> StartAsync()
    {
        var server = new KubernetesServer(Loopback.Web().Build());
        server.app.Run(server.TakeAsync);
        await server.app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    public JsonObject this[string path] => objects[path];

    public void Change(string path, Action<JsonObject> change)
    {
        change(objects[path]);
        changes.Add("MODIFIED", path, objects[path]);
    }

    public void Remove(string path)
    {
        if (objects.TryRemove(path, out var one))
            changes.Add("DELETED", path, one);
    }

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
        one["metadata"]!["creationTimestamp"] ??= TimeProvider
            .System.GetUtcNow()
            .ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        objects[path] = one;
        changes.Add("ADDED", path, one);
    }

    /// <summary>
    /// What the deployment controller does once it sees what is wanted: the replica set that has the template already gets the next number
    /// and keeps its old one (<c>SetNewReplicaSetAnnotations</c> of Kubernetes' <c>deployment_util.go</c>).
    /// </summary>
    public void Control(string deployment)
    {
        const string mark = "deployment.kubernetes.io/revision";
        var sets = objects
            .Where(one =>
                one.Key.StartsWith(
                    deployment.Replace("deployments", "replicasets", StringComparison.Ordinal) + "-",
                    StringComparison.Ordinal
                )
            )
            .ToList();
        var wanted = sets.Single(one => Template(one.Value) == Template(objects[deployment]));
        var last = sets.Max(one => Number(one.Value));
        if (Number(wanted.Value) < last)
            Change(
                wanted.Key,
                set =>
                {
                    var kept = set["metadata"]!["annotations"]!;
                    kept[mark + "-history"] = string.Join(
                        ',',
                        new[] { kept[mark + "-history"], kept[mark] }.OfType<JsonNode>().Select(one => one.GetValue<string>())
                    );
                    kept[mark] = $"{last + 1}";
                }
            );
        Change(
            deployment,
            one =>
            {
                one["metadata"]!["annotations"]![mark] = $"{Number(wanted.Value)}";
                one["status"]!["observedGeneration"] = one["metadata"]!["generation"]!.DeepClone();
            }
        );

        static int Number(JsonObject set) =>
            int.Parse(set["metadata"]!["annotations"]![mark]!.GetValue<string>(), CultureInfo.InvariantCulture);

        static string Template(JsonObject one)
        {
            var template = one["spec"]!["template"]!.DeepClone();
            template["metadata"]!["labels"]!.AsObject().Remove("pod-template-hash");
            return template.ToJsonString();
        }
    }

    private async Task TakeAsync(HttpContext context)
    {
        var request = context.Request;
        var path = request.Path.Value!;
        using var reader = new StreamReader(request.Body);
        var text = await reader.ReadToEndAsync();
        Requests.Enqueue($"{(request.Query["watch"] == "true" ? "WATCH" : request.Method)} {path}");
        if (request.Query["labelSelector"] is [{ } labels])
            Selectors.Enqueue(labels);
        var body = text.Length > 0 ? JsonNode.Parse(text) : null;
        Judge(request, path, body);
        if (Drops > 0)
        {
            Drops--;
            context.Abort();
        }
        else if (path.Contains("echo", StringComparison.Ordinal))
            await SayAsync(context, 403, Status(403, $"who is '{request.Headers.Authorization}', or planted-login?"));
        else if (!request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.Ordinal))
            await SayAsync(context, 403, Status(403, "pods \"web\" is forbidden: User \"system:anonymous\" cannot get resource \"pods\""));
        else if (request.Headers.Authorization != $"Bearer {Token}")
            await SayAsync(context, 401, Status(401, "Unauthorized"));
        else if (path.Contains("forbidden", StringComparison.Ordinal))
            // In a real one's words, with the token where the name would be.
            await SayAsync(
                context,
                403,
                Status(
                    403,
                    $"nodes \"forbidden\" is forbidden: User \"{Token}\" cannot patch resource \"nodes\" in API group \"\" at the cluster scope"
                )
            );
        else if (path.EndsWith("/log", StringComparison.Ordinal))
            await context.Response.WriteAsync(Log);
        else if (request.Query["watch"] == "true")
            await WatchAsync(context, path);
        else
        {
            if (request.Method is "PATCH" && Meanwhile.TryDequeue(out var meanwhile))
                meanwhile();
            if (request.Method is "PATCH" && LosesPatches)
            {
                context.Abort();
                return;
            }

            var (status, answer) = Answer(request, path, body);
            await SayAsync(context, status, answer);
        }
    }

    private void Judge(HttpRequest request, string path, JsonNode? body)
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
            foreach (var problem in KubernetesBodies.Problems(template, request.Method.ToLowerInvariant(), body))
                Objections.Enqueue($"{request.Method} {template}: {problem}");
            return;
        }

        Objections.Enqueue($"{request.Method} {path}: no such operation");
    }

    private (int, JsonNode) Answer(HttpRequest request, string path, JsonNode? body)
    {
        if (request.Method is "POST")
            return Evict(path[..^"/eviction".Length], body!);
        if (path is "/api/v1/")
            return (200, Resources());
        if (request.Method is "GET" && Plurals.Contains(path.Split('/')[^1]))
            return (200, List(request, path));
        if (path.EndsWith("/scale", StringComparison.Ordinal))
            return Scale(request, path[..^"/scale".Length], body);
        if (!objects.TryGetValue(path, out var found))
            return (404, Status(404, $"\"{path.Split('/')[^1]}\" not found"));
        return request.Method switch
        {
            "GET" => (200, found.DeepClone()),
            "DELETE" => Delete(path, found, body?["preconditions"]?["uid"]?.GetValue<string>()),
            _ => Patch(path, found, body!, request.ContentType!),
        };
    }

    private JsonObject List(HttpRequest request, string path) =>
        new()
        {
            ["items"] = new JsonArray([
                .. objects.Where(one => IsIn(request, path, one.Key, one.Value)).Select(one => one.Value.DeepClone()),
            ]),
            ["metadata"] = new JsonObject { ["resourceVersion"] = $"{changes.Version}" },
        };

    private async Task WatchAsync(HttpContext context, string path)
    {
        var faulty = Faults.TryDequeue(out var fault);
        if (faulty && fault is WatchFault.Forbidden)
        {
            await SayAsync(context, 403, Status(403, "pods is forbidden: User \"bot\" cannot watch resource \"pods\" in API group \"\""));
            return;
        }

        context.Response.ContentType = "application/json";
        await context.Response.StartAsync();
        if (faulty)
        {
            if (fault is WatchFault.Gone)
                await SayAsync(context, "ERROR", Status(410, "too old resource version: 1 (100)"));
            else if (fault is WatchFault.Error)
                await SayAsync(context, "ERROR", Status(500, "etcdserver: leader changed"));
            else if (fault is WatchFault.Nonsense)
                await context.Response.WriteAsync("<html>\n");
            else if (fault is WatchFault.Drop)
                context.Abort();
            else if (fault is WatchFault.Silence)
            {
                await context.Response.Body.FlushAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
            }

            return;
        }

        var after = int.Parse(context.Request.Query["resourceVersion"].ToString(), CultureInfo.InvariantCulture);
        await foreach (var (type, changed, one) in changes.AfterAsync(after, context.RequestAborted))
        {
            if (IsIn(context.Request, path, changed, one))
                await SayAsync(context, type, one);
        }
    }

    private static async Task SayAsync(HttpContext context, string type, JsonObject one)
    {
        await context.Response.WriteAsync(new JsonObject { ["type"] = type, ["object"] = one.DeepClone() }.ToJsonString() + "\n");
        await context.Response.Body.FlushAsync();
    }

    private static bool IsIn(HttpRequest request, string path, string key, JsonObject one)
    {
        var selector = request.Query["fieldSelector"].ToString().Split('=');
        var selected = selector[0] switch
        {
            "metadata.name" => one["metadata"]!["name"]!.GetValue<string>() == selector[1],
            "involvedObject.name" => one["involvedObject"]?["name"]?.GetValue<string>() == selector[1],
            "spec.nodeName" => one["spec"]?["nodeName"]?.GetValue<string>() == selector[1],
            _ => true,
        };
        // Of all namespaces, or of the one that the path names.
        return selected
            && (key[..key.LastIndexOf('/')] == path || (path is "/api/v1/pods" && key.Contains("/pods/", StringComparison.Ordinal)));
    }

    private JsonObject Resources() =>
        new()
        {
            ["kind"] = "APIResourceList",
            ["groupVersion"] = "v1",
            ["resources"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = "pods/eviction",
                    ["singularName"] = "",
                    ["namespaced"] = true,
                    ["group"] = "policy",
                    ["version"] = IsOld ? "v1beta1" : "v1",
                    ["kind"] = "Eviction",
                    ["verbs"] = new JsonArray("create"),
                }
            ),
        };

    private (int, JsonNode) Scale(HttpRequest request, string path, JsonNode? patch)
    {
        if (!objects.TryGetValue(path, out var found))
            return (404, Status(404, $"\"{path.Split('/')[^1]}\" not found"));
        if (request.Method is "PATCH")
            Change(path, one => one["spec"]!["replicas"] = patch!["spec"]!["replicas"]!.DeepClone());
        return (
            200,
            new JsonObject
            {
                ["kind"] = "Scale",
                ["spec"] = new JsonObject { ["replicas"] = found["spec"]!["replicas"]!.DeepClone() },
            }
        );
    }

    private (int, JsonNode) Delete(string path, JsonObject found, string? uid)
    {
        if (uid is not null && found["metadata"]!["uid"]!.GetValue<string>() != uid)
            return (409, Status(409, "the UID in the precondition does not match the UID in record"));
        // Until each has let it go.
        if (found["metadata"]!["finalizers"] is null)
            Remove(path);
        return (200, found.DeepClone());
    }

    private (int, JsonNode) Evict(string path, JsonNode eviction)
    {
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

    private (int, JsonNode) Patch(string path, JsonObject found, JsonNode patch, string type)
    {
        var changed = found.DeepClone().AsObject();
        if (patch is JsonArray steps && type.StartsWith("application/json-patch", StringComparison.Ordinal))
        {
            foreach (var step in steps)
            {
                var keys = step!["path"]!.GetValue<string>().Split('/')[1..];
                JsonNode parent = changed;
                foreach (var key in keys[..^1])
                    parent = parent[key]!;
                if (step["op"]?.GetValue<string>() is not "test")
                    parent[keys[^1]] = step["value"]!.DeepClone();
                else if (!JsonNode.DeepEquals(parent[keys[^1]], step["value"]))
                    // In the words of 1.20.
                    return (422, Status(422, "the server rejected our request due to an error in our request"));
            }
        }
        else
        {
            Merge(changed, patch.AsObject());
        }

        if (Of(changed) != Of(found))
            return (409, Status(409, "Operation cannot be fulfilled: the object has been modified"));
        if (changed["spec"]?.ToJsonString() != found["spec"]?.ToJsonString())
            changed["metadata"]!["generation"] = found["metadata"]!["generation"]!.GetValue<int>() + 1;
        objects[path] = changed;
        changes.Add("MODIFIED", path, changed);
        return (200, changed.DeepClone());

        static string Of(JsonObject one) => one["metadata"]!["resourceVersion"]!.GetValue<string>();
    }

    // RFC 7386; a strategic merge differs only in lists.
    private static void Merge(JsonObject into, JsonObject patch)
    {
        foreach (var (key, value) in patch)
        {
            if (value is JsonObject inner)
                Merge((into[key] ??= new JsonObject()).AsObject(), inner);
            else if (value is null)
                into.Remove(key);
            else
                into[key] = value.DeepClone();
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
            ["metadata"] = new JsonObject(),
        };

    private static async Task SayAsync(HttpContext context, int status, JsonNode body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body.ToJsonString());
    }
}

/// <summary>What can become of a watch.</summary>
public enum WatchFault
{
    /// <summary>An event says that the server has forgotten so old a version (410).</summary>
    Gone,

    /// <summary>Another event that is an error.</summary>
    Error,

    Nonsense,

    /// <summary>The connection is lost.</summary>
    Drop,

    /// <summary>After a yes nothing comes of it, not even an end.</summary>
    Silence,

    /// <summary>The server ends it at once.</summary>
    End,

    /// <summary>There is no right to it (403).</summary>
    Forbidden,
}
