namespace Integrations.Kubernetes;

/// <summary>Where the API server keeps the objects of a kind.</summary>
/// <param name="Group">Empty: the core's.</param>
/// <param name="Space">Null: those of a cluster, or of all its namespaces.</param>
internal sealed record Resource(string Group, string Version, string Plural, string? Space)
{
    public static Resource PodsOfAll { get; } = Of(ObjectKind.Pod, "") with { Space = null };

    /// <summary>What lies in a namespace is to the client one more collection of the cluster, so that nobody has to tell them apart.</summary>
    public string Path => Space is null ? Plural : $"namespaces/{Space}/{Plural}";

    public static Resource Of(ObjectKind kind, string space) =>
        kind switch
        {
            ObjectKind.Node => new("", "v1", "nodes", null),
            ObjectKind.Job => new("batch", "v1", "jobs", space),
            ObjectKind.Pod => new("", "v1", "pods", space),
            ObjectKind.Service => new("", "v1", "services", space),
            ObjectKind.ConfigMap => new("", "v1", "configmaps", space),
            _ => Apps($"{kind.ToString().ToLowerInvariant()}s", space),
        };

    public static Resource Apps(string plural, string space) => new("apps", "v1", plural, space);

    /// <summary>As <c>deployments "web" in namespace "shop"</c>.</summary>
    public string Said(string name) => $"{Plural} \"{name}\"{(Space is null ? "" : $" in namespace \"{Space}\"")}";
}
