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
    [Description("The node.")] string Node,
    [Description("Whether pods that nobody would make anew are evicted as well; they are gone then.")] bool Force = false,
    [Description("Text of a kubeconfig; a secret. By default the cluster that the bot itself runs in.")] string? Kubeconfig = null,
    [Description("The context in it, if not its current one.")] string? Context = null
);

public sealed record KubernetesDrainResult(
    [Description("Pods that were evicted, as `namespace/name`.")] IReadOnlyList<string> Evicted,
    [Description("Pods of daemon sets and of the node itself, which stay.")] int Left
);

/// <summary><c>kubernetes/drain@1</c>.</summary>
public sealed class KubernetesDrainAction(Outward outward) : IStepAction
{
    private const string OfTheNode = "kubernetes.io/config.mirror";
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(2);

    public string Name => "kubernetes/drain@1";

    public string Summary =>
        "Keeps new pods off a node and evicts those that are there, within their disruption budgets; the step's `timeout` bounds it.";

    public Type Arguments => typeof(KubernetesDrainArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesDrainResult),
            [
                .. KubernetesCalls.Acting,
                new(
                    FailureClass.Refused,
                    "There are pods that nobody would make anew (without `force`), or the server has no eviction of `policy/v1` (older than 1.22)."
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

    public string Describe(JsonElement with) => $"keep new pods off node {with.TextOf("node")} and evict those that are there";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesDrainArguments>(ActionJson.Options)!;
        return KubernetesCalls.RunAsync(
            outward,
            call,
            new KubernetesTarget(arguments.Kubeconfig, arguments.Context),
            calls => DrainAsync(calls, arguments, call, cancel),
            cancel
        );
    }

    private static async Task<ActionResult> DrainAsync(
        KubernetesCalls calls,
        KubernetesDrainArguments arguments,
        ActionCall call,
        CancellationToken cancel
    )
    {
        await KubernetesCordonAction.SetAsync(calls, arguments.Node, on: true);
        var evicted = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var there = await calls.ReadAsync(
                (k, c) => k.CoreV1.ListPodForAllNamespacesAsync(fieldSelector: $"spec.nodeName={arguments.Node}", cancellationToken: c)
            );
            var stay = there.Items.Count(Stays);
            var go = there.Items.Where(pod => !Stays(pod)).ToList();
            if (go.Count == 0)
                return ActionResult.Success(new KubernetesDrainResult([.. evicted.Order(StringComparer.Ordinal)], stay));
            if (!arguments.Force && go.FirstOrDefault(pod => pod.Metadata.OwnerReferences is null or { Count: 0 }) is { } lonely)
                return new ActionResult.Failed(
                    FailureClass.Refused,
                    $"pod {Said(lonely)} belongs to nobody who would make it anew: 'force: true' evicts it all the same. Node {arguments.Node} takes no new pods."
                );
            foreach (var pod in go.Where(pod => pod.Metadata.DeletionTimestamp is null))
            {
                if (await EvictAsync(calls, pod, call) is { } refused)
                    return refused;
                if (evicted.Add(Said(pod)))
                    call.Output($"evicts {Said(pod)}");
            }

            await Task.Delay(Glance, calls.Time, cancel);
        }
    }

    /// <returns>Null: it goes, or has to wait for its disruption budget.</returns>
    private static async Task<ActionResult.Failed?> EvictAsync(KubernetesCalls calls, V1Pod pod, ActionCall call)
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
            return null;
        }
        catch (HttpOperationException fault) when (fault.Response.StatusCode is HttpStatusCode.TooManyRequests)
        {
            call.Output($"{Said(pod)} waits for its disruption budget");
            return null;
        }
        catch (HttpOperationException fault)
            when (fault.Response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound
                && fault.Response.Content.Contains("policy/v1", StringComparison.Ordinal)
            )
        {
            return new ActionResult.Failed(
                FailureClass.Refused,
                "this API server has no eviction of policy/v1: it is older than Kubernetes 1.22"
            );
        }
        catch (HttpOperationException fault) when (fault.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // It went by itself.
            return null;
        }
    }

    private static bool Stays(V1Pod pod) =>
        pod.Metadata.OwnerReferences?.Any(owner => owner.Kind is "DaemonSet") is true
        || pod.Metadata.Annotations?.ContainsKey(OfTheNode) is true
        || pod.Status?.Phase is "Succeeded" or "Failed";

    private static string Said(V1Pod pod) => $"{pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}";
}
