using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Runbooks.Running;

namespace Integrations.Kubernetes;

/// <summary>Where the API server keeps the objects of a kind.</summary>
/// <param name="Group">Empty: the core's.</param>
/// <param name="Space">Null: those of a cluster, or of all its namespaces.</param>
internal sealed record Resource(string Group, string Version, string Plural, string? Space)
{
    public static Resource PodsOfAll { get; } = Of(ObjectKind.Pod, "") with { Space = null };

    /// <summary>What lies in a namespace is to the client one more collection of the cluster, so that nobody has to tell them apart.</summary>
    public string Path => Space is null ? Plural : $"namespaces/{Space}/{Plural}";

    /// <summary>The version in which an API server has it that does not know <see cref="Version"/> yet; null: they all do.</summary>
    private string? Older { get; init; }

    // https://kubernetes.io/docs/reference/using-api/deprecation-guide/ tells since when there is which version.
    public static Resource Of(ObjectKind kind, string space) =>
        kind switch
        {
            ObjectKind.Node => new("", "v1", "nodes", null),
            ObjectKind.PersistentVolume => new("", "v1", "persistentvolumes", null),
            ObjectKind.StorageClass => new("storage.k8s.io", "v1", "storageclasses", null),
            ObjectKind.CustomResourceDefinition => new("apiextensions.k8s.io", "v1", "customresourcedefinitions", null),
            ObjectKind.Job => new("batch", "v1", "jobs", space),
            ObjectKind.CronJob => new("batch", "v1", "cronjobs", space) { Older = "v1beta1" },
            ObjectKind.HorizontalPodAutoscaler => new("autoscaling", "v2", "horizontalpodautoscalers", space) { Older = "v2beta2" },
            ObjectKind.PodDisruptionBudget => new("policy", "v1", "poddisruptionbudgets", space) { Older = "v1beta1" },
            ObjectKind.Ingress => new("networking.k8s.io", "v1", "ingresses", space),
            ObjectKind.NetworkPolicy => new("networking.k8s.io", "v1", "networkpolicies", space),
            ObjectKind.Pod => new("", "v1", "pods", space),
            ObjectKind.Service => new("", "v1", "services", space),
            ObjectKind.ConfigMap => new("", "v1", "configmaps", space),
            ObjectKind.PersistentVolumeClaim => new("", "v1", "persistentvolumeclaims", space),
            _ => Apps($"{kind.ToString().ToLowerInvariant()}s", space),
        };

    public static Resource Apps(string plural, string space) => new("apps", "v1", plural, space);

    /// <summary>As <see cref="Of"/>; the API server is asked where that depends on how old it is, and about custom resources.</summary>
    /// <exception cref="CallRefusedException">It is not said which, or the API server has none such.</exception>
    public static async Task<Resource> FindAsync(KubernetesCalls calls, ObjectArguments about, string space)
    {
        if (about.Kind is null == about.Resource is null)
            throw new CallRefusedException(FailureClass.NotSent, "Give one of 'kind' and 'resource': which object is meant?");
        if (about.Kind is { } kind)
        {
            var usual = Of(kind, space);
            return usual.Older is { } older && await DescribedAsync(calls, usual) is null ? usual with { Version = older } : usual;
        }

        var parts = about.Resource!.Split('/');
        var custom = new Resource(parts[0], parts[1], parts[2], null);
        return await DescribedAsync(calls, custom) is { } described
            ? custom with
            {
                Space = described.Namespaced ? space : null,
            }
            : throw new CallRefusedException(
                FailureClass.Refused,
                $"the API server has no {about.Resource}: `kubectl api-resources` tells which resources it has, in which group and version"
            );
    }

    /// <summary>Whether all objects of a kind are the cluster's own; of a kind that is not known, false.</summary>
    public static bool IsOfCluster(string kind) =>
        Enum.TryParse<ObjectKind>(kind.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var known)
        && Of(known, "").Space is null;

    /// <summary>As <c>deployments "web" in namespace "shop"</c>.</summary>
    public string Said(string name) => $"{Plural} \"{name}\"{(Space is null ? "" : $" in namespace \"{Space}\"")}";

    /// <returns>Null: the API server does not have it in this version.</returns>
    private static async Task<V1APIResource?> DescribedAsync(KubernetesCalls calls, Resource at)
    {
        try
        {
            var all = await calls.ReadAsync((k, c) => k.CustomObjects.GetAPIResourcesAsync(at.Group, at.Version, c));
            return all.Resources.FirstOrDefault(one => one.Name == at.Plural);
        }
        catch (HttpOperationException fault) when (fault.Response.StatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }
    }
}
