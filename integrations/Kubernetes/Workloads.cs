using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Integrations.Kubernetes;

/// <summary>What runs pods and can be rolled out.</summary>
public enum WorkloadKind
{
    Deployment,
    StatefulSet,
    DaemonSet,
}

/// <summary>What can be looked at. Secrets are left out: an outcome of a step is on the log.</summary>
public enum ObjectKind
{
    Deployment,
    StatefulSet,
    DaemonSet,
    ReplicaSet,
    Pod,
    Service,
    Node,
    Job,
    ConfigMap,
}

internal static class Workloads
{
    public static async Task<JsonElement> GetAsync(this KubernetesCalls calls, ObjectKind kind, string space, string name) =>
        kind switch
        {
            ObjectKind.Deployment => Plain(
                await calls.ReadAsync((k, c) => k.AppsV1.ReadNamespacedDeploymentAsync(name, space, cancellationToken: c))
            ),
            ObjectKind.StatefulSet => Plain(
                await calls.ReadAsync((k, c) => k.AppsV1.ReadNamespacedStatefulSetAsync(name, space, cancellationToken: c))
            ),
            ObjectKind.DaemonSet => Plain(
                await calls.ReadAsync((k, c) => k.AppsV1.ReadNamespacedDaemonSetAsync(name, space, cancellationToken: c))
            ),
            ObjectKind.ReplicaSet => Plain(
                await calls.ReadAsync((k, c) => k.AppsV1.ReadNamespacedReplicaSetAsync(name, space, cancellationToken: c))
            ),
            ObjectKind.Pod => Plain(await calls.ReadAsync((k, c) => k.CoreV1.ReadNamespacedPodAsync(name, space, cancellationToken: c))),
            ObjectKind.Service => Plain(
                await calls.ReadAsync((k, c) => k.CoreV1.ReadNamespacedServiceAsync(name, space, cancellationToken: c))
            ),
            ObjectKind.Node => Plain(await calls.ReadAsync((k, c) => k.CoreV1.ReadNodeAsync(name, cancellationToken: c))),
            ObjectKind.Job => Plain(await calls.ReadAsync((k, c) => k.BatchV1.ReadNamespacedJobAsync(name, space, cancellationToken: c))),
            _ => Plain(await calls.ReadAsync((k, c) => k.CoreV1.ReadNamespacedConfigMapAsync(name, space, cancellationToken: c))),
        };

    public static Task<JsonElement> PatchAsync(this KubernetesCalls calls, ObjectKind kind, string space, string name, V1Patch patch) =>
        calls.ActAsync(
            async (k, c) =>
                kind switch
                {
                    ObjectKind.Deployment => Plain(await k.AppsV1.PatchNamespacedDeploymentAsync(patch, name, space, cancellationToken: c)),
                    ObjectKind.StatefulSet => Plain(
                        await k.AppsV1.PatchNamespacedStatefulSetAsync(patch, name, space, cancellationToken: c)
                    ),
                    ObjectKind.DaemonSet => Plain(await k.AppsV1.PatchNamespacedDaemonSetAsync(patch, name, space, cancellationToken: c)),
                    ObjectKind.ReplicaSet => Plain(await k.AppsV1.PatchNamespacedReplicaSetAsync(patch, name, space, cancellationToken: c)),
                    ObjectKind.Pod => Plain(await k.CoreV1.PatchNamespacedPodAsync(patch, name, space, cancellationToken: c)),
                    ObjectKind.Service => Plain(await k.CoreV1.PatchNamespacedServiceAsync(patch, name, space, cancellationToken: c)),
                    ObjectKind.Node => Plain(await k.CoreV1.PatchNodeAsync(patch, name, cancellationToken: c)),
                    ObjectKind.Job => Plain(await k.BatchV1.PatchNamespacedJobAsync(patch, name, space, cancellationToken: c)),
                    _ => Plain(await k.CoreV1.PatchNamespacedConfigMapAsync(patch, name, space, cancellationToken: c)),
                }
        );

    public static ObjectKind Object(this WorkloadKind kind) => Enum.Parse<ObjectKind>(kind.ToString());

    public static V1Patch Strategic(JsonNode patch) => new(patch.ToJsonString(), V1Patch.PatchType.StrategicMergePatch);

    /// <summary>As <c>deployment shop/web</c>.</summary>
    public static string Said(JsonElement with, string kind) =>
        $"{with.TextOf("kind") ?? kind} {with.TextOf("namespace") ?? "default"}/{with.TextOf("name")}";

    private static JsonElement Plain<T>(T one) => JsonElement.Parse(KubernetesJson.Serialize(one));
}
