using System.Globalization;
using System.Text.Json;

namespace Integrations.Kubernetes;

/// <summary>A workload with the revisions that its controller has kept: replica sets of a deployment, controller revisions of the others.</summary>
internal sealed record RolloutHistory(JsonElement Workload, long Current, IReadOnlyDictionary<long, JsonElement> Revisions)
{
    private const string Mark = "deployment.kubernetes.io/revision";

    /// <summary>0: there is none.</summary>
    public long Previous => Revisions.Keys.Where(one => one < Current).DefaultIfEmpty().Max();

    public static async Task<RolloutHistory> OfAsync(KubernetesCalls calls, WorkloadKind kind, string space, string name)
    {
        var found = await calls.GetAsync(kind.In(space), name);
        var deployment = kind is WorkloadKind.Deployment;
        var at = Resource.Apps(deployment ? "replicasets" : "controllerrevisions", space);
        var kept = await calls.ListAsync(at, labels: found.Labels());
        var uid = found.GetProperty("metadata").TextOf("uid");
        var revisions = kept.GetProperty("items")
            .EnumerateArray()
            .Where(one => IsOf(one, uid))
            .GroupBy(one => deployment ? Marked(one) : one.GetProperty("revision").GetInt64())
            .ToDictionary(same => same.Key, same => same.Last());
        return new RolloutHistory(found, deployment ? Marked(found) : revisions.Keys.DefaultIfEmpty().Max(), revisions);
    }

    public static IEnumerable<(string Name, string Value)> Annotations(JsonElement one) =>
        one.GetProperty("metadata").TryGetProperty("annotations", out var annotations)
            ? annotations.EnumerateObject().Select(known => (known.Name, known.Value.GetString() ?? ""))
            : [];

    private static bool IsOf(JsonElement one, string? uid) =>
        one.GetProperty("metadata").TryGetProperty("ownerReferences", out var owners)
        && owners.EnumerateArray().Any(owner => owner.TextOf("uid") == uid);

    private static long Marked(JsonElement one) =>
        Annotations(one)
            .Where(known => known.Name is Mark)
            .Select(known => long.TryParse(known.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
            .SingleOrDefault();
}
