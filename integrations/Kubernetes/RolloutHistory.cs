using System.Globalization;
using System.Text.Json;

namespace Integrations.Kubernetes;

/// <summary>A workload with the revisions that its controller has kept: replica sets of a deployment, controller revisions of the others.</summary>
internal sealed record RolloutHistory(JsonElement Workload, long Current, IReadOnlyDictionary<long, JsonElement> Revisions)
{
    private const string Mark = "deployment.kubernetes.io/revision";

    // A deployment that goes back gives its replica set a new number, and keeps the old ones here, with commas, oldest first.
    private const string FormerMarks = "deployment.kubernetes.io/revision-history";

    /// <summary>By its number, as <c>kubectl rollout undo</c> takes it; 0: there is none.</summary>
    public long Previous => Revisions.Keys.Where(one => one < Current).DefaultIfEmpty().Max();

    /// <summary>
    /// The number, as it is now, of what was there when the pods of now were rolled out for the first time: never one that was gone back
    /// from to them; 0: there is none.
    /// </summary>
    public long Before
    {
        get
        {
            var first = Revisions.TryGetValue(Current, out var now) ? Numbers(Current, now).Min() : Current;
            return Revisions
                .SelectMany(one => Numbers(one.Key, one.Value).Select(number => (Number: number, Now: one.Key)))
                .Where(one => one.Number < first)
                .DefaultIfEmpty()
                .MaxBy(one => one.Number)
                .Now;
        }
    }

    /// <summary>The number of a revision as it is now; null: none that is kept has it, or had it.</summary>
    public long? NumberOf(long revision) =>
        Revisions.Where(one => Numbers(one.Key, one.Value).Contains(revision)).Select(one => (long?)one.Key).FirstOrDefault();

    public static async Task<RolloutHistory> OfAsync(KubernetesCalls calls, WorkloadKind kind, string space, string name)
    {
        var found = await calls.GetAsync(kind.In(space), name);
        var deployment = kind is WorkloadKind.Deployment;
        var at = Resource.Apps(deployment ? "replicasets" : "controllerrevisions", space);
        var kept = await calls.ListAsync(at, labels: found.Labels());
        var uid = found.GetProperty("metadata").TextOf("uid");
        var revisions = kept.GetProperty("items")
            .EnumerateArray()
            .Where(one => one.IsOwnedBy(uid))
            .GroupBy(one => deployment ? Marked(one) : one.GetProperty("revision").GetInt64())
            .ToDictionary(same => same.Key, same => same.Last());
        return new RolloutHistory(found, deployment ? Marked(found) : revisions.Keys.DefaultIfEmpty().Max(), revisions);
    }

    public static IEnumerable<(string Name, string Value)> Annotations(JsonElement one) =>
        one.GetProperty("metadata").TryGetProperty("annotations", out var annotations)
            ? annotations.EnumerateObject().Select(known => (known.Name, known.Value.GetString() ?? ""))
            : [];

    private static IEnumerable<long> Numbers(long now, JsonElement kept) =>
        Annotations(kept).Where(known => known.Name is FormerMarks).SelectMany(known => known.Value.Split(',')).Select(Number).Append(now);

    private static long Marked(JsonElement one) =>
        Annotations(one).Where(known => known.Name is Mark).Select(known => Number(known.Value)).SingleOrDefault();

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
