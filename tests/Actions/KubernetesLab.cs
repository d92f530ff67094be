using System.Text.Json;
using Integrations;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>
/// A deployment with three revisions and a node with two pods, on a server that a real API server's description of itself judges. The actions
/// come through their own client.
/// </summary>
public abstract class KubernetesLab : IAsyncLifetime
{
    protected const string Web = "/apis/apps/v1/namespaces/shop/deployments/web";
    protected const string Node = "/api/v1/nodes/worker-3";
    protected const string Pods = "/api/v1/namespaces/shop/pods/";

    private protected KubernetesServer Server { get; private set; } = null!;

    // Its pauses, up to a minute, pass in a blink.
    private protected static Outward Hasty { get; } = new(new AllowedHosts(["127.0.0.1"]), new HastyTime(50));

    public async Task InitializeAsync()
    {
        Server = await KubernetesServer.StartAsync();
        Server.Add(
            Web,
            """
            { "metadata": { "generation": 3, "annotations": { "deployment.kubernetes.io/revision": "3" } },
              "spec": { "replicas": 2, "selector": { "matchLabels": { "app": "web" } }, "template": { "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [{ "name": "web", "image": "web:3" }] } } },
              "status": { "observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2,
                          "conditions": [{ "type": "Available", "status": "True", "reason": "MinimumReplicasAvailable" }] } }
            """
        );
        foreach (var revision in (int[])[1, 2, 3])
            Server.Add(
                $"/apis/apps/v1/namespaces/shop/replicasets/web-{revision}",
                $$"""
                { "metadata": { "annotations": { "deployment.kubernetes.io/revision": "{{revision}}" }, "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "uid-of-web" }] },
                  "spec": { "selector": { "matchLabels": { "app": "web" } }, "template": { "metadata": { "labels": { "app": "web", "pod-template-hash": "h{{revision}}" } }, "spec": { "containers": [{ "name": "web", "image": "web:{{revision}}" }] } } } }
                """
            );
        Server.Add(Node, """{ "spec": {} }""");
        Pod("web-a", "ReplicaSet");
        Pod("logs", "DaemonSet");
    }

    public async Task DisposeAsync()
    {
        Server.Objections.ShouldBeEmpty();
        await Server.DisposeAsync();
    }

    protected void Pod(string name, string? owner) =>
        Server.Add(
            Pods + name,
            owner is null
                ? """{ "spec": { "nodeName": "worker-3" } }"""
                : $$"""{ "metadata": { "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "{{owner}}", "name": "x", "uid": "u", "controller": true }] }, "spec": { "nodeName": "worker-3" } }"""
        );

    protected Dictionary<string, object?> With(string? key = null, object? value = null, bool named = true) =>
        With(key is null ? [] : new Dictionary<string, object?> { [key] = value }, named);

    protected Dictionary<string, object?> With(Dictionary<string, object?> more, bool named = true)
    {
        var with = new Dictionary<string, object?> { ["kubeconfig"] = Server.Kubeconfig };
        if (named)
            (with["name"], with["namespace"]) = ("web", "shop");
        foreach (var (key, value) in more)
            with[key] = value;
        return with;
    }

    protected static Task<JsonElement> DoAsync(IStepAction action, Dictionary<string, object?> with) => Called.SucceedsAsync(action, with);

    protected static async Task<string> FailsAsync(IStepAction action, Dictionary<string, object?> with, FailureClass expected) =>
        (await Called.FailsAsync(action, with, expected)).Because;

    /// <summary>Its time ends after it has said so.</summary>
    protected static async Task<string> EndedAsync(IStepAction action, Dictionary<string, object?> with, string said, FailureClass expected)
    {
        using var end = new CancellationTokenSource();
        var result = await Called.RunAsync(action, with, output: Heard, timeOver: end.Token);
        var failed = result.ShouldBeOfType<ActionResult.Failed>();
        (failed.Class, failed.TimeOver).ShouldBe((expected, true), failed.Because);
        return failed.Because;

        void Heard(string line)
        {
            if (line.Contains(said, StringComparison.Ordinal))
                end.Cancel();
        }
    }
}
