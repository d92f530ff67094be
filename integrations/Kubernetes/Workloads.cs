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
    CronJob,
    ConfigMap,
    Ingress,
    NetworkPolicy,
    HorizontalPodAutoscaler,
    PodDisruptionBudget,
    PersistentVolumeClaim,
    PersistentVolume,
    StorageClass,
    CustomResourceDefinition,
}

/// <summary>Objects, as the API server has them: what a newer one adds to it comes through as well.</summary>
internal static class Workloads
{
    /// <summary>The annotation in which <c>kubectl apply</c> keeps a copy of the object.</summary>
    public const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    public static Task<JsonElement> GetAsync(this KubernetesCalls calls, Resource at, string name) =>
        calls.ReadAsync((k, c) => k.CustomObjects.GetClusterCustomObjectAsync<JsonElement>(at.Group, at.Version, at.Path, name, c));

    /// <param name="fields">A field selector; null: whatever they are.</param>
    /// <param name="labels">A label selector.</param>
    public static Task<JsonElement> ListAsync(this KubernetesCalls calls, Resource at, string? fields = null, string? labels = null) =>
        calls.ReadAsync(
            (k, c) =>
                k.CustomObjects.ListClusterCustomObjectAsync<JsonElement>(
                    at.Group,
                    at.Version,
                    at.Path,
                    fieldSelector: fields,
                    labelSelector: labels,
                    cancellationToken: c
                )
        );

    public static Task<JsonElement> PatchAsync(this KubernetesCalls calls, Resource at, string name, V1Patch patch) =>
        calls.ActAsync(
            (k, c) =>
                k.CustomObjects.PatchClusterCustomObjectAsync<JsonElement>(patch, at.Group, at.Version, at.Path, name, cancellationToken: c)
        );

    public static Resource In(this WorkloadKind kind, string space) => Resource.Of(Enum.Parse<ObjectKind>(kind.ToString()), space);

    public static long Generation(this JsonElement found) =>
        found.GetProperty("metadata").TryGetProperty("generation", out var generation) ? generation.GetInt64() : 0;

    /// <summary>Its status is about what is wanted now.</summary>
    public static bool IsSeen(this JsonElement found) =>
        !found.TryGetProperty("status", out var status)
        || !status.TryGetProperty("observedGeneration", out var seen)
        || seen.GetInt64() >= found.Generation();

    /// <returns>Null: there is none, or it is about what was wanted before.</returns>
    public static JsonElement? Condition(this JsonElement found, string type) =>
        found.IsSeen() && found.TryGetProperty("status", out var status) && status.TryGetProperty("conditions", out var conditions)
            ? conditions.EnumerateArray().Where(one => one.TextOf("type") == type).Select(one => (JsonElement?)one).FirstOrDefault()
            : null;

    /// <summary>What its pods, and what it keeps of them, are selected by, as a label selector says it.</summary>
    public static string Labels(this JsonElement workload)
    {
        var selector = workload.GetProperty("spec").GetProperty("selector");
        var match = selector.TryGetProperty("matchLabels", out var labels)
            ? labels.EnumerateObject().Select(one => $"{one.Name}={one.Value.GetString()}")
            : [];
        var expressions = selector.TryGetProperty("matchExpressions", out var list) ? list.EnumerateArray().Select(Requirement) : [];
        return string.Join(',', [.. match, .. expressions]);
    }

    public static bool IsOwnedBy(this JsonElement one, string? uid) =>
        one.GetProperty("metadata").TryGetProperty("ownerReferences", out var owners)
        && owners.EnumerateArray().Any(owner => owner.TextOf("uid") == uid);

    // https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/
    private static string Requirement(JsonElement expression)
    {
        var key = expression.TextOf("key");
        var values = expression.TryGetProperty("values", out var list)
            ? string.Join(',', list.EnumerateArray().Select(one => one.GetString()))
            : "";
        return expression.TextOf("operator") switch
        {
            "In" => $"{key} in ({values})",
            "NotIn" => $"{key} notin ({values})",
            "Exists" => $"{key}",
            "DoesNotExist" => $"!{key}",
            var other => throw new InvalidOperationException($"'{other}' is no operator of a label selector"),
        };
    }

    public static V1Patch Strategic(JsonNode patch) => new(patch.ToJsonString(), V1Patch.PatchType.StrategicMergePatch);

    /// <summary>As <c>deployment shop/web in cluster prod-eu</c>.</summary>
    public static string Said(JsonElement with, string kind) =>
        $"{with.TextOf("kind") ?? kind} {with.TextOf("namespace") ?? "default"}/{with.TextOf("name")} {Where(with)}";

    /// <summary>As <c>node worker-3 in cluster prod-eu</c>.</summary>
    public static string Node(JsonElement with) => $"node {with.TextOf("node")} {Where(with)}";

    /// <summary>As <c>in cluster prod-eu</c>.</summary>
    public static string Where(JsonElement with) =>
        with.TextOf("context") is { } context ? $"in cluster {context}"
        : with.TextOf("kubeconfig") is null ? "in the bot's own cluster"
        : $"in the cluster of {with.ReferenceOf("kubeconfig") ?? "its kubeconfig"}";
}
