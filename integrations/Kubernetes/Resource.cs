namespace Integrations.Kubernetes;

/// <summary>Where the API server keeps the objects of a kind.</summary>
/// <param name="Group">Empty: the core's.</param>
internal sealed record Resource(string Group, string Version, string Plural)
{
    public static Resource Pods { get; } = Of(ObjectKind.Pod);

    public bool OfCluster => Plural is "nodes";

    public static Resource Of(ObjectKind kind) =>
        kind switch
        {
            ObjectKind.Deployment or ObjectKind.StatefulSet or ObjectKind.DaemonSet or ObjectKind.ReplicaSet => new(
                "apps",
                "v1",
                Many(kind)
            ),
            ObjectKind.Job => new("batch", "v1", Many(kind)),
            _ => new("", "v1", Many(kind)),
        };

    private static string Many(ObjectKind kind) => $"{kind.ToString().ToLowerInvariant()}s";
}
