using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Tests.Servers;
using Tests.Support;

namespace Tests.Library;

/// <summary>A deployment whose new pods do not get ready, with a Prometheus that counts errors and a real Alertmanager.</summary>
internal abstract class KubernetesStage() : PlanStage("kubernetes-bad-rollout")
{
    private AlertmanagerServer alertmanager = null!;

    public override IReadOnlyList<(string Step, string Says)> Acts =>
        [
            ("graph", "graph: Share of requests that fail, shop/web"),
            ("back", $"take deployment shop/web in cluster {KubernetesServer.Name} back to revision 2"),
            ("images", "note: web:3, rolled out at "),
            ("silence", $"silence namespace=\"shop\", deployment=\"web\", cluster=~\"|lab[.]eu\" for 30m"),
            ("alerts", "expire silence"),
        ];

    public override async Task SetUpAsync()
    {
        var prometheus = Started(new PrometheusServer(Folder));
        alertmanager = Started(new AlertmanagerServer(Folder, new Uri("http://127.0.0.1:9"), "nobody-listens"));
        await prometheus.UntilReadyAsync();
        await alertmanager.UntilReadyAsync();
        (Inputs["cluster"], Inputs["namespace"], Inputs["deployment"]) = (KubernetesServer.Name, "shop", "web");
        (Inputs["prometheus"], Inputs["alertmanager"], Inputs["errors"]) = (prometheus.Address, alertmanager.Address, "vector(0.2)");
        Environment["KUBERNETES_KUBECONFIG"] = await BreakAsync();
    }

    public override async Task<string> WrittenAsync() => await alertmanager.SilencesAsync();

    /// <returns>The kubeconfig.</returns>
    protected abstract Task<string> BreakAsync();
}

internal sealed class BadRollout : KubernetesStage
{
    private KubernetesServer kubernetes = null!;

    public override int? Asked => kubernetes.Requests.Count;

    public override IReadOnlyList<string> Shows => ["CrashLoopBackOff", "Back-off restarting failed container", "no database"];

    public override async Task<string> WrittenAsync()
    {
        var writes = kubernetes.Requests.Where(one =>
            !one.StartsWith("GET ", StringComparison.Ordinal) && !one.StartsWith("WATCH ", StringComparison.Ordinal)
        );
        return $"{await base.WrittenAsync()} {string.Join('\n', [.. writes, .. kubernetes.Objections])} {kubernetes[Rollouts.Web]}";
    }

    protected override async Task<string> BreakAsync()
    {
        kubernetes = Started(await KubernetesServer.StartAsync());
        Rollouts.AddBad(kubernetes);
        return kubernetes.Kubeconfig;
    }
}

/// <summary>The same on a real API server with its controllers.</summary>
internal sealed class BadRolloutOnCluster : KubernetesStage
{
    private KubernetesCluster cluster = null!;

    public override string? Needs => "INCIDENT_KUBERNETES";

    // What the controllers say of it is theirs; what is wanted of it has a number.
    public override async Task<string> WrittenAsync() =>
        $"{await base.WrittenAsync()} {(await cluster.Admin.AppsV1.ReadNamespacedDeploymentAsync("web", "shop")).Metadata.Generation}";

    protected override async Task<string> BreakAsync()
    {
        cluster = Started(await KubernetesCluster.StartAsync());
        await cluster.Admin.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = "shop" } });
        await cluster.Admin.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment
            {
                Metadata = new() { Name = "web" },
                Spec = new()
                {
                    Replicas = 2,
                    Selector = new() { MatchLabels = Labels() },
                    Template = new()
                    {
                        Metadata = new() { Labels = Labels() },
                        Spec = new() { Containers = [new() { Name = "web", Image = "web:1" }] },
                    },
                },
            },
            "shop"
        );
        foreach (var revision in (int[])[1, 2, 3])
        {
            var image = new
            {
                spec = new { template = new { spec = new { containers = new[] { new { name = "web", image = $"web:{revision}" } } } } },
            };
            await cluster.Admin.AppsV1.PatchNamespacedDeploymentAsync(
                new V1Patch(image, V1Patch.PatchType.StrategicMergePatch),
                "web",
                "shop"
            );
            await Until.Holds(
                async () =>
                    (await cluster.Admin.AppsV1.ReadNamespacedDeploymentAsync("web", "shop"))
                        .Metadata
                        .Annotations
                        ?["deployment.kubernetes.io/revision"] == $"{revision}",
                $"revision {revision}"
            );
        }

        await Until.Holds(
            async () => (await cluster.Admin.AppsV1.ReadNamespacedDeploymentAsync("web", "shop")).Status.UnavailableReplicas > 0,
            "pods that are not ready"
        );
        return cluster.AdminKubeconfig();

        static Dictionary<string, string> Labels() => new() { ["app"] = "web" };
    }
}

/// <summary>A third revision whose one pod crashes, beside two of the second that are well.</summary>
internal static class Rollouts
{
    public const string Web = "/apis/apps/v1/namespaces/shop/deployments/web";

    // A large deployment takes no less: of each container its environment, its mounts, its probes.
    private const int LongNotes = 100_000;

    public static void AddBad(KubernetesServer server)
    {
        server.Log = "starting\nno database\n";
        server.Add(
            Web,
            $$"""
            { "metadata": { "generation": 3,
                            "annotations": { "deployment.kubernetes.io/revision": "3", "example.com/notes": "{{new string(
                'n',
                LongNotes
            )}}" } },
              "spec": { "replicas": 2, "selector": { "matchLabels": { "app": "web" } }, "template": {{Template(3)}} },
              "status": { "observedGeneration": 3, "replicas": 3, "updatedReplicas": 1, "availableReplicas": 2, "unavailableReplicas": 1 } }
            """
        );
        foreach (var revision in (int[])[1, 2, 3])
            server.Add(
                $"/apis/apps/v1/namespaces/shop/replicasets/web-{revision}",
                $$"""
                { "metadata": { "annotations": { "deployment.kubernetes.io/revision": "{{revision}}" },
                                "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "uid-of-web" }] },
                  "spec": { "selector": { "matchLabels": { "app": "web" } }, "template": {{Template(revision)}} } }
                """
            );
        foreach (var (pod, image, ready) in new[] { ("web-2-a", 2, "True"), ("web-2-b", 2, "True"), ("web-3-a", 3, "False") })
            server.Add(
                "/api/v1/namespaces/shop/pods/" + pod,
                $$"""
                { "spec": { "containers": [{ "name": "web", "image": "web:{{image}}" }] },
                  "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "{{ready}}" }],
                              "containerStatuses": [{ "restartCount": 7, "state": { {{(
                    ready is "True" ? "\"running\": {}" : "\"waiting\": { \"reason\": \"CrashLoopBackOff\" }"
                )}} } }] } }
                """
            );
        server.Add(
            "/api/v1/namespaces/shop/events/web-3-a.1",
            """{ "involvedObject": { "name": "web-3-a" }, "reason": "BackOff", "message": "Back-off restarting failed container", "lastTimestamp": "2026-11-29T07:00:00Z" }"""
        );
    }

    public static string ImageOf(JsonNode deployment) =>
        deployment["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!.GetValue<string>();

    private static string Template(int revision) =>
        $$"""{ "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [{ "name": "web", "image": "web:{{revision}}" }] } }""";
}
