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
            [.. KubernetesCalls.Reading, new(FailureClass.Refused, "Kubernetes gave the rollout up (`ProgressDeadlineExceeded`).")],
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
            new KubernetesTarget(arguments.Kubeconfig, arguments.Context),
            calls =>
            {
                var told = "";
                return calls.UntilAsync(
                    one => one.GetAsync(arguments.Kind.Object(), arguments.Namespace, arguments.Name),
                    found =>
                    {
                        if (GaveUp(found) is { } reason)
                            return new ActionResult.Failed(FailureClass.Refused, $"Kubernetes gave the rollout up: {reason}");
                        var (seen, status) = Read(found, arguments.Kind);
                        var words = $"{status.Updated} of {status.Wanted} are new, {status.Ready} are ready";
                        if (words != told)
                            call.Output(told = words);
                        return seen && status.Updated >= status.Wanted && status.Ready >= status.Wanted
                            ? ActionResult.Success(status)
                            : null;
                    }
                );
            },
            cancel
        );
    }

    /// <returns>Whether the controller has seen what is wanted now, and how far it is.</returns>
    private static (bool Seen, KubernetesRolloutStatusResult Status) Read(JsonElement found, WorkloadKind kind)
    {
        var status = found.TryGetProperty("status", out var said) ? said : default;
        var seen = Number(status, "observedGeneration", 0) >= found.GetProperty("metadata").GetProperty("generation").GetInt64();
        if (kind is WorkloadKind.DaemonSet)
            return (
                seen,
                new KubernetesRolloutStatusResult(
                    Number(status, "desiredNumberScheduled", 0),
                    Number(status, "updatedNumberScheduled", 0),
                    Number(status, "numberAvailable", 0)
                )
            );
        // Old pods that are still there count as well: a rollout is over when they are gone.
        var old = Number(status, "replicas", 0) > Number(status, "updatedReplicas", 0);
        return (
            seen && !old,
            new KubernetesRolloutStatusResult(
                Number(found.GetProperty("spec"), "replicas", 1),
                Number(status, "updatedReplicas", 0),
                Number(status, kind is WorkloadKind.Deployment ? "availableReplicas" : "readyReplicas", 0)
            )
        );
    }

    private static string? GaveUp(JsonElement found) =>
        found.TryGetProperty("status", out var status) && status.TryGetProperty("conditions", out var conditions)
            ? conditions
                .EnumerateArray()
                .Where(one => one.TryGetProperty("reason", out var reason) && reason.GetString() is "ProgressDeadlineExceeded")
                .Select(one => one.TryGetProperty("message", out var message) ? message.GetString() : "ProgressDeadlineExceeded")
                .FirstOrDefault()
            : null;

    private static int Number(JsonElement part, string name, int otherwise) =>
        part.ValueKind is JsonValueKind.Object && part.TryGetProperty(name, out var number) ? number.GetInt32() : otherwise;
}
