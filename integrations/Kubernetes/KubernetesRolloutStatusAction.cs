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
                new(
                    FailureClass.Refused,
                    "Kubernetes gave the rollout up (`ProgressDeadlineExceeded`). If it says so already at the first look, that may be "
                        + "of the rollout before, and counts once it has stayed for 10 s."
                ),
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
                var verdict = new Verdict(calls.Time);
                return KubernetesWatch.UntilAsync(
                    calls,
                    arguments.Kind.In(arguments.Namespace),
                    arguments.Name,
                    found => Judge(found, arguments.Kind, verdict),
                    Verdict.Settled
                );
            },
            cancel
        );
    }

    private static (ActionResult? Over, string Seen) Judge(JsonElement found, WorkloadKind kind, Verdict verdict)
    {
        var (over, status) = Read(found, kind);
        var seen = $"of {status.Wanted} pods {status.Updated} are new and {status.Ready} are ready";
        if (OnlyOnDelete(found))
            return Refused("its strategy is OnDelete: Kubernetes replaces a pod when somebody deletes it, and rolls nothing out");
        // What it says of an earlier wish is not said of this one.
        if (Number(Part(found, "status"), "observedGeneration", 0) < found.Generation())
            return (null, $"{seen}, and that is of an earlier wish: its controller has not seen the newest one yet");
        if (over)
            return (ActionResult.Success(status), seen);
        return verdict.GaveUp(found) is { } reason ? Refused($"Kubernetes gave the rollout up: {reason}") : (null, seen);

        (ActionResult?, string) Refused(string because) => (new ActionResult.Failed(FailureClass.Refused, because), seen);
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

    private static JsonElement Part(JsonElement whole, string name) =>
        whole.ValueKind is JsonValueKind.Object && whole.TryGetProperty(name, out var part) ? part : default;

    private static int Number(JsonElement part, string name, int otherwise) =>
        part.ValueKind is JsonValueKind.Object && part.TryGetProperty(name, out var number) ? number.GetInt32() : otherwise;

    /// <summary>
    /// Whether Kubernetes gave this rollout up. After a new wish, as an undo, its controller raises <c>observedGeneration</c> some tenths
    /// of a second before it takes back what it said of the wish before: what stands there at the first look counts once it has stayed.
    /// </summary>
    private sealed class Verdict(TimeProvider time)
    {
        private const string Exceeded = "ProgressDeadlineExceeded";
        private (string? Given, long At)? first;

        public static TimeSpan Settled { get; } = TimeSpan.FromSeconds(10);

        /// <returns>Its words; null: it did not, or that may be of the rollout before.</returns>
        public string? GaveUp(JsonElement found)
        {
            var exceeded = found.Condition("Progressing") is { } one && one.TextOf("reason") is Exceeded ? one : default;
            var given = exceeded.TextOf("lastUpdateTime");
            var (former, since) = first ??= (given, time.GetTimestamp());
            var old = given == former && time.GetElapsedTime(since) < Settled;
            return given is null || old ? null : exceeded.TextOf("message") ?? Exceeded;
        }
    }
}
