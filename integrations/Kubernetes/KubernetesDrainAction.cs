using System.ComponentModel;
using System.Net;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

public sealed record KubernetesDrainArguments(
    [KubernetesName] [Description("The node.")] string Node,
    [Description("Whether pods that nobody would make anew are evicted as well; they are gone then.")] bool Force = false,
    [Description("Whether pods that keep data in an `emptyDir` are evicted as well; that data is lost then.")]
        bool DeleteEmptydirData = false,
    [Secret] [Description("Text of a kubeconfig; a secret. By default the cluster that the bot itself runs in.")] string? Kubeconfig = null,
    [Description("The context in it, if not its current one.")] string? Context = null
);

public sealed record KubernetesDrainResult(
    [Description("Pods that were evicted, as `namespace/name`.")] IReadOnlyList<string> Evicted,
    [Description("Pods of daemon sets and of the node itself, which stay.")] int Left,
    [Description("Whether somebody else kept new pods off it before: then an `undo` by `kubernetes/cordon@1` leaves it so.")]
        bool WasCordoned
);

/// <summary><c>kubernetes/drain@1</c>.</summary>
public sealed class KubernetesDrainAction(Outward outward) : IStepAction
{
    private const string OfTheNode = "kubernetes.io/config.mirror";
    private const string Evictions = "pods/eviction";
    private const int MostNamed = 5;

    // What a disruption budget held up is asked again after so long, if nothing has changed by then.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public string Name => "kubernetes/drain@1";

    public string Summary =>
        "Keeps new pods off a node and evicts those that are there, within their disruption budgets; the step's `timeout` bounds it.";

    public Type Arguments => typeof(KubernetesDrainArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesDrainResult),
            [
                .. KubernetesCalls.Acting("`get` and `patch` of nodes, `list` and `watch` of pods, `create` of `pods/eviction`"),
                CallReach.OnlyLooked,
                CallWait.NotDone,
                new(
                    FailureClass.Refused,
                    "Pods are there that nobody would make anew (without `force`), or whose `emptyDir` would be lost (without "
                        + "`delete-emptydir-data`), or the server has no eviction of `policy/v1` (older than 1.22). The node is left as it was."
                ),
            ],
            """
            uses: kubernetes/drain@1
            with: { node: worker-3 }
            timeout: 15m
            undo: { uses: kubernetes/cordon@1, with: { node: worker-3, on: false } }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"keep new pods off {Workloads.Node(with)} and evict those that are there";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesDrainArguments>(ActionJson.Options)!;
        return KubernetesCalls.RunAsync(outward, call, calls => DrainAsync(calls, arguments, call.Round), cancel);
    }

    private static async Task<ActionResult> DrainAsync(KubernetesCalls calls, KubernetesDrainArguments arguments, string round)
    {
        if (!await CanEvictAsync(calls))
            return new ActionResult.Failed(
                FailureClass.Refused,
                "this API server has no eviction of policy/v1: it is older than Kubernetes 1.22. Nothing was changed; "
                    + "kubernetes/cordon@1 and kubernetes/delete-pod@1 work there, but look at no disruption budget"
            );
        await using (var before = Pods(calls, arguments))
        {
            if (Blocked(await NextAsync(before), arguments) is { } blocked)
                return new ActionResult.Failed(FailureClass.Refused, blocked + " Nothing was changed.");
        }

        var wasCordoned = await KubernetesCordonAction.CloseAsync(calls, arguments.Node, round);
        await using var watch = Pods(calls, arguments);
        var evicted = new Dictionary<string, string>(StringComparer.Ordinal);
        var held = new Dictionary<string, (long At, string Because)>(StringComparer.Ordinal);
        var named = 0;
        while (true)
        {
            var pods = await NextAsync(watch, held.Count > 0 ? Patience : null);
            if (Blocked(pods, arguments) is { } blocked)
                return new ActionResult.Failed(FailureClass.Refused, $"{blocked} Node {arguments.Node} takes no new pods.");
            if (pods.All(Stays))
                return ActionResult.Success(
                    new KubernetesDrainResult([.. evicted.Values.Order(StringComparer.Ordinal)], pods.Count, wasCordoned)
                );
            foreach (var gone in held.Keys.Except(pods.Select(pod => pod.Metadata.Uid), StringComparer.Ordinal).ToList())
                held.Remove(gone);
            foreach (var pod in pods.Where(Goes).Where(pod => !evicted.ContainsKey(pod.Metadata.Uid)))
            {
                var uid = pod.Metadata.Uid;
                if (held.TryGetValue(uid, out var last) && calls.Time.GetElapsedTime(last.At) < Patience)
                    continue;
                if (await EvictAsync(calls, pod) is not { } because)
                {
                    var said = evicted[uid] = Said(pod);
                    held.Remove(uid);
                    named += uid.Length + said.Length;
                    if (named > OutwardApi.LargestAnswer)
                        throw new WatchLostException($"{evicted.Count} pods were evicted, and others come without end");
                    continue;
                }

                var waits = $"{Said(pod)} has to wait: {because}";
                held[uid] = (calls.Time.GetTimestamp(), waits);
                if (last.Because != waits)
                    calls.Output(waits);
            }

            calls.WaitsFor(
                held.Count > 0
                    ? $"{held.Values.First().Because}{(held.Count > 1 ? $" And {held.Count - 1} more have to wait." : "")}"
                    : $"evicted and still there: {Said([.. pods.Where(pod => !Stays(pod))])}",
                say: false
            );
        }
    }

    private static KubernetesWatch Pods(KubernetesCalls calls, KubernetesDrainArguments arguments) =>
        new(calls, Resource.PodsOfAll, $"spec.nodeName={arguments.Node}");

    private static async Task<List<V1Pod>> NextAsync(KubernetesWatch pods, TimeSpan? atLatest = null) =>
        [.. (await pods.NextAsync(atLatest)).Select(pod => KubernetesJson.Deserialize<V1Pod>(pod))];

    // As https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/ says: the version of the subresource, not of the group.
    private static async Task<bool> CanEvictAsync(KubernetesCalls calls)
    {
        var core = await calls.ReadAsync((k, c) => k.CoreV1.GetAPIResourcesAsync(cancellationToken: c));
        return core.Resources.Any(one => one.Name is Evictions && one.Group is "policy" && one.Version is "v1");
    }

    private static string? Blocked(List<V1Pod> pods, KubernetesDrainArguments arguments)
    {
        var lonely = pods.Where(Goes)
            .Where(pod => pod.Metadata.OwnerReferences?.Any(owner => owner.Controller is true) is not true)
            .ToList();
        if (!arguments.Force && lonely.Count > 0)
            return $"Nobody would make anew: {Said(lonely)}. 'force: true' evicts what is there all the same.";
        var keeping = pods.Where(Goes).Where(pod => pod.Spec?.Volumes?.Any(volume => volume.EmptyDir is not null) is true).ToList();
        return !arguments.DeleteEmptydirData && keeping.Count > 0
            ? $"Data in an emptyDir would be lost: {Said(keeping)}. 'delete-emptydir-data: true' evicts what is there all the same."
            : null;
    }

    /// <returns>Null: it goes; else why it has to wait, as for its disruption budget.</returns>
    private static async Task<string?> EvictAsync(KubernetesCalls calls, V1Pod pod)
    {
        var eviction = new V1Eviction
        {
            ApiVersion = "policy/v1",
            Kind = "Eviction",
            Metadata = new V1ObjectMeta { Name = pod.Metadata.Name, NamespaceProperty = pod.Metadata.NamespaceProperty },
            // Not another one that has got its name meanwhile.
            DeleteOptions = new V1DeleteOptions { Preconditions = new V1Preconditions { Uid = pod.Metadata.Uid } },
        };
        try
        {
            await calls.ActAsync(
                (k, c) =>
                    k.CoreV1.CreateNamespacedPodEvictionAsync(
                        eviction,
                        pod.Metadata.Name,
                        pod.Metadata.NamespaceProperty,
                        cancellationToken: c
                    )
            );
            calls.Output($"evicts {Said(pod)}");
            return null;
        }
        catch (HttpOperationException fault) when (fault.Response.StatusCode is HttpStatusCode.NotFound)
        {
            // It went by itself.
            return null;
        }
        catch (HttpOperationException fault) when (fault.Response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.Conflict)
        {
            return ApiStatus.Said(fault.Response.Content) ?? fault.Message;
        }
    }

    private static bool Goes(V1Pod pod) => !Stays(pod) && pod.Metadata.DeletionTimestamp is null;

    private static bool Stays(V1Pod pod) =>
        pod.Metadata.OwnerReferences?.Any(owner => owner.Kind is "DaemonSet") is true
        || pod.Metadata.Annotations?.ContainsKey(OfTheNode) is true
        || pod.Status?.Phase is "Succeeded" or "Failed";

    private static string Said(List<V1Pod> pods) =>
        string.Join(", ", pods.Take(MostNamed).Select(Said)) + (pods.Count > MostNamed ? $" and {pods.Count - MostNamed} more" : "");

    private static string Said(V1Pod pod) => $"{pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}";
}
