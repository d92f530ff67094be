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

    /// <summary>
    /// When the pods of now were rolled out, for the last time if they were more than once; null: the controller has not seen them yet, or it
    /// does not tell.
    /// </summary>
    public DateTimeOffset? RolledOut =>
        !Workload.IsSeen() || !Revisions.TryGetValue(Current, out var now) ? null
        : now.TryGetProperty("revision", out _) ? Renumbered(now)
        : Former(now).Any() ? Progressed(Workload)
        : Created(now);

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

    /// <summary>The numbers that a deployment's revision had before it was gone back to, oldest first; of other workloads nobody keeps them.</summary>
    public static IEnumerable<long> Former(JsonElement kept) =>
        Annotations(kept).Where(known => known.Name is FormerMarks).SelectMany(known => known.Value.Split(',')).Select(Number);

    public static DateTimeOffset Created(JsonElement kept) =>
        kept.GetProperty("metadata").GetProperty("creationTimestamp").GetDateTimeOffset();

    private static IEnumerable<long> Numbers(long now, JsonElement kept) => Former(kept).Append(now);

    // To go back to a controller revision changes its number, which is all that its controller changes of one: the API server notes when
    // (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management).
    private static DateTimeOffset Renumbered(JsonElement kept) =>
        kept.GetProperty("metadata").TryGetProperty("managedFields", out var fields)
            ? fields
                .EnumerateArray()
                .Select(one => one.TryGetProperty("time", out var time) ? time.GetDateTimeOffset() : Created(kept))
                .Append(Created(kept))
                .Max()
            : Created(kept);

    // A replica set that is gone back to is as old as it was. The deployment's condition is renewed with each step of a rollout and left alone
    // once that is complete; what it says then is of the rollout before as long as there are no new pods yet (syncRolloutStatus of Kubernetes'
    // pkg/controller/deployment/progress.go).
    private static DateTimeOffset? Progressed(JsonElement deployment)
    {
        if (deployment.Condition("Progressing") is not { } progress)
            return null;
        var status = deployment.GetProperty("status");
        return progress.TextOf("reason") is "NewReplicaSetAvailable" && status.TextOf("updatedReplicas") != status.TextOf("replicas")
            ? null
            : progress.GetProperty("lastUpdateTime").GetDateTimeOffset();
    }

    private static long Marked(JsonElement one) =>
        Annotations(one).Where(known => known.Name is Mark).Select(known => Number(known.Value)).SingleOrDefault();

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
