using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

public sealed record KubernetesPodsResult(
    [Description("Those of the workload, what is not ready first.")] IReadOnlyList<KubernetesPod> Pods,
    [Description("How many are ready.")] int Ready,
    [Description("Names of those that are not.")] IReadOnlyList<string> Ill
);

public sealed record KubernetesPod(
    [Description("Its name.")] string Name,
    [Description("`Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.")] string Phase,
    [Description("Whether it is ready for requests.")] bool Ready,
    [Description("How often its containers were started again.")] int Restarts,
    [Description("The images of its containers.")] IReadOnlyList<string> Images,
    [Description("Why a container waits or ended, as `CrashLoopBackOff`; empty: none does.")] string Because,
    [Description("What was last told of it (its events), newest first.")] IReadOnlyList<string> Events
);

/// <summary><c>kubernetes/pods@1</c>.</summary>
public sealed class KubernetesPodsAction(Outward outward) : IStepAction
{
    // Of many pods that are ill for the same reason the first tell it.
    private const int ToldOf = 5;
    private const int EventsOfEach = 5;

    public string Name => "kubernetes/pods@1";

    public string Summary => "Shows the pods of a workload: which are ready, why the others are not, and what was told of those.";

    public Type Arguments => typeof(KubernetesWorkloadArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesPodsResult),
            KubernetesCalls.Reading("`get` of the kind and `list` of pods and of events"),
            """
            uses: kubernetes/pods@1
            with: { name: web, namespace: shop }
            expect: result.ready > 0
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"look at the pods of {Workloads.Said(with, "deployment")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesWorkloadArguments>(ActionJson.Options)!;
        return KubernetesCalls.RunAsync(outward, call, calls => ShowAsync(calls, arguments), cancel);
    }

    private static async Task<ActionResult> ShowAsync(KubernetesCalls calls, KubernetesWorkloadArguments arguments)
    {
        var workload = await calls.GetAsync(arguments.Kind.In(arguments.Namespace), arguments.Name);
        var found = await calls.ListAsync(Resource.Of(ObjectKind.Pod, arguments.Namespace), labels: workload.Labels());
        // A deployment's belong to its replica sets; of the others' that share the labels none are theirs.
        var uid = workload.GetProperty("metadata").TextOf("uid");
        var own = found.GetProperty("items").EnumerateArray().Where(one => arguments.Kind is WorkloadKind.Deployment || one.IsOwnedBy(uid));
        var pods = new List<KubernetesPod>();
        foreach (var (one, ready) in own.Select(one => (one, IsReady(one))).OrderBy(pod => pod.Item2))
        {
            var name = one.GetProperty("metadata").GetProperty("name").GetString()!;
            var events = ready || pods.Count >= ToldOf ? [] : await EventsAsync(calls, arguments.Namespace, name);
            var statuses = List(one, "status", "containerStatuses");
            var pod = new KubernetesPod(
                name,
                one.TryGetProperty("status", out var status) ? status.TextOf("phase") ?? "Unknown" : "Unknown",
                ready,
                statuses.Sum(container => container.TryGetProperty("restartCount", out var count) ? count.GetInt32() : 0),
                [.. List(one, "spec", "containers").Select(container => container.TextOf("image") ?? "")],
                string.Join(", ", statuses.Select(Because).OfType<string>().Distinct(StringComparer.Ordinal)),
                events
            );
            pods.Add(pod);
            calls.Output($"{pod.Name}: {pod.Phase}{(ready ? ", ready" : "")}, {pod.Restarts} restarts {pod.Because}".TrimEnd());
            foreach (var told in events)
                calls.Output("  " + told);
        }

        return ActionResult.Success(
            new KubernetesPodsResult(pods, pods.Count(pod => pod.Ready), [.. pods.Where(pod => !pod.Ready).Select(pod => pod.Name)])
        );
    }

    private static async Task<IReadOnlyList<string>> EventsAsync(KubernetesCalls calls, string space, string pod)
    {
        var found = await calls.ListAsync(new Resource("", "v1", "events", space), fields: $"involvedObject.name={pod}");
        return
        [
            .. found
                .GetProperty("items")
                .EnumerateArray()
                .OrderByDescending(one => one.TextOf("lastTimestamp") ?? one.TextOf("eventTime"), StringComparer.Ordinal)
                .Take(EventsOfEach)
                .Select(one => $"{one.TextOf("reason")}: {one.TextOf("message")}"),
        ];
    }

    private static bool IsReady(JsonElement pod) =>
        List(pod, "status", "conditions").Any(one => one.TextOf("type") is "Ready" && one.TextOf("status") is "True");

    // Of a pod that nobody has taken up yet there is no such list.
    private static List<JsonElement> List(JsonElement pod, string part, string name) =>
        pod.TryGetProperty(part, out var inner) && inner.TryGetProperty(name, out var list) ? [.. list.EnumerateArray()] : [];

    private static string? Because(JsonElement container) =>
        container.TryGetProperty("state", out var state)
            ? state
                .EnumerateObject()
                .Where(one => one.Name is "waiting" or "terminated")
                .Select(one => one.Value.TextOf("reason"))
                .FirstOrDefault()
            : null;
}
