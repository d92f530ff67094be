using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

public sealed record KubernetesWorkloadArguments(
    [Description("Its name.")] string Name,
    [Description("Its namespace.")] string Namespace = "default",
    [Description("What it is.")] WorkloadKind Kind = WorkloadKind.Deployment,
    [Description("Text of a kubeconfig; a secret. By default the cluster that the bot itself runs in.")] string? Kubeconfig = null,
    [Description("The context in it, if not its current one.")] string? Context = null
);

public sealed record KubernetesRolloutResult([Description("Grows with each change of what is wanted.")] long Generation);

/// <summary><c>kubernetes/rollout-restart@1</c>.</summary>
public sealed class KubernetesRolloutRestartAction(Outward outward) : IStepAction
{
    private const string Mark = "incident/restarted-by";

    public string Name => "kubernetes/rollout-restart@1";

    public string Summary => "Replaces all pods of a workload, as its strategy says. `kubernetes/rollout-status@1` waits for them.";

    public Type Arguments => typeof(KubernetesWorkloadArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesRolloutResult),
            KubernetesCalls.Acting,
            """
            uses: kubernetes/rollout-restart@1
            with: { name: web, namespace: shop }
            """
        );

    // The mark that makes the pods new ones is this step's: setting it again changes nothing.
    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"restart all pods of {Workloads.Said(with, "deployment")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesWorkloadArguments>(ActionJson.Options)!;
        return KubernetesCalls.RunAsync(
            outward,
            call,
            new KubernetesTarget(arguments.Kubeconfig, arguments.Context),
            async calls =>
            {
                var mark = new JsonObject { ["annotations"] = new JsonObject { [Mark] = $"{call.Run}/{call.Step}" } };
                var changed = await calls.PatchAsync(
                    arguments.Kind.Object(),
                    arguments.Namespace,
                    arguments.Name,
                    Workloads.Strategic(
                        new JsonObject { ["spec"] = new JsonObject { ["template"] = new JsonObject { ["metadata"] = mark } } }
                    )
                );
                return ActionResult.Success(
                    new KubernetesRolloutResult(changed.GetProperty("metadata").GetProperty("generation").GetInt64())
                );
            },
            cancel
        );
    }
}
