using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

public sealed record KubernetesRolloutStatusResult(
    [Description("How many pods are wanted.")] int Wanted,
    [Description("How many are of the newest revision.")] int Updated,
    [Description("How many are ready.")] int Ready
);

/// <summary><c>kubernetes/rollout-status@1</c>.</summary>
public sealed class KubernetesRolloutStatusAction(Outward outward) : IStepAction
{
    public string Name => "kubernetes/rollout-status@1";

    public string Summary => "Waits until all pods of a workload are new and ready; the step's `timeout` bounds it.";

    public Type Arguments => typeof(KubernetesWorkloadArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesRolloutStatusResult),
            [
                .. KubernetesCalls.Waiting("`list` and `watch` of the kind"),
                new(FailureClass.Refused, "Kubernetes gave the rollout up (`ProgressDeadlineExceeded`)."),
            ],
            """
            uses: kubernetes/rollout-status@1
            with: { name: web, namespace: shop }
            timeout: 10m
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"wait until {Workloads.Said(with, "deployment")} is rolled out";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesWorkloadArguments>(ActionJson.Options)!;
        return KubernetesCalls.RunAsync(
            outward,
            call,
            calls =>
            {
                var told = "";
                return KubernetesWatch.UntilAsync(
                    calls,
                    arguments.Kind.In(arguments.Namespace),
                    arguments.Name,
                    found =>
                    {
                        if (OnlyOnDelete(found))
                            return new ActionResult.Failed(
                                FailureClass.Refused,
                                "its strategy is OnDelete: Kubernetes replaces a pod when somebody deletes it, and rolls nothing out"
                            );
                        // What it says of an earlier wish is not said of this one.
                        var seen = Number(Part(found, "status"), "observedGeneration", 0) >= found.Generation();
                        if (seen && GaveUp(found) is { } reason)
                            return new ActionResult.Failed(FailureClass.Refused, $"Kubernetes gave the rollout up: {reason}");
                        var (over, status) = Read(found, arguments.Kind);
                        var words = $"{status.Updated} of {status.Wanted} are new, {status.Ready} are ready";
                        if (words != told)
                            calls.Output(told = words);
                        return seen && over ? ActionResult.Success(status) : null;
                    }
                );
            },
            cancel
        );
    }

    /// <returns>Whether it is rolled out, and how far it is.</returns>
    private static (bool Over, KubernetesRolloutStatusResult Status) Read(JsonElement found, WorkloadKind kind)
    {
        var (spec, status) = (Part(found, "spec"), Part(found, "status"));
        if (kind is WorkloadKind.DaemonSet)
        {
            var nodes = new KubernetesRolloutStatusResult(
                Number(status, "desiredNumberScheduled", 0),
                Number(status, "updatedNumberScheduled", 0),
                Number(status, "numberAvailable", 0)
            );
            return (nodes.Updated >= nodes.Wanted && nodes.Ready >= nodes.Wanted, nodes);
        }

        var pods = new KubernetesRolloutStatusResult(
            Number(spec, "replicas", 1),
            Number(status, "updatedReplicas", 0),
            Number(status, kind is WorkloadKind.Deployment ? "availableReplicas" : "readyReplicas", 0)
        );
        // Pods of a stateful set below its partition stay as they are.
        var kept = Math.Min(pods.Wanted, Number(Part(Part(spec, "updateStrategy"), "rollingUpdate"), "partition", 0));
        // Old pods that are still there count as well: a rollout is over when they are gone.
        var old = Number(status, "replicas", 0) - pods.Updated;
        return (old <= kept && pods.Updated >= pods.Wanted - kept && pods.Ready >= pods.Wanted, pods);
    }

    private static bool OnlyOnDelete(JsonElement found) =>
        Part(Part(found, "spec"), "updateStrategy") is { ValueKind: JsonValueKind.Object } strategy
        && strategy.TextOf("type") is "OnDelete";

    private static string? GaveUp(JsonElement found) =>
        Part(Part(found, "status"), "conditions") is { ValueKind: JsonValueKind.Array } conditions
            ? conditions
                .EnumerateArray()
                .Where(one => one.TextOf("reason") is "ProgressDeadlineExceeded")
                .Select(one => one.TextOf("message") ?? "ProgressDeadlineExceeded")
                .FirstOrDefault()
            : null;

    private static JsonElement Part(JsonElement whole, string name) =>
        whole.ValueKind is JsonValueKind.Object && whole.TryGetProperty(name, out var part) ? part : default;

    private static int Number(JsonElement part, string name, int otherwise) =>
        part.ValueKind is JsonValueKind.Object && part.TryGetProperty(name, out var number) ? number.GetInt32() : otherwise;
}
