using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

public sealed record KubernetesScaleArguments(
    [KubernetesName] [Description("Its name.")] string Name,
    [Range(0, int.MaxValue)] [Description("How many pods are wanted.")] int Replicas,
    [KubernetesName] [Description("Its namespace.")] string Namespace = "default",
    [Description("What it is.")] ScaledKind Kind = ScaledKind.Deployment,
    [Secret] [Description("Text of a kubeconfig; a secret. By default the cluster that the bot itself runs in.")] string? Kubeconfig = null,
    [Description("The context in it, if not its current one.")] string? Context = null
);

public enum ScaledKind
{
    Deployment,
    StatefulSet,
    ReplicaSet,
}

public sealed record KubernetesScaleResult(
    [Description("How many were wanted when this attempt began; to go back after a lost answer, read it in a step before.")] int Before,
    [Description("How many are wanted now.")] int Replicas
);

/// <summary><c>kubernetes/scale@1</c>.</summary>
public sealed class KubernetesScaleAction(Outward outward) : IStepAction
{
    public string Name => "kubernetes/scale@1";

    public string Summary => "Sets how many pods of a workload are wanted.";

    public Type Arguments => typeof(KubernetesScaleArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesScaleResult),
            [.. KubernetesCalls.Acting("`get` and `patch` of `/scale` of the kind, as `deployments/scale`"), CallReach.OnlyLooked],
            """
            uses: kubernetes/scale@1
            with: { name: web, namespace: shop, replicas: 6 }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"scale {Workloads.Said(with, "deployment")} to {with.TextOf("replicas")}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesScaleArguments>(ActionJson.Options)!;
        var kind = Enum.Parse<ObjectKind>(arguments.Kind.ToString());
        return await KubernetesCalls.RunAsync(
            outward,
            call,
            async calls =>
            {
                var (at, name) = (Resource.Of(kind, arguments.Namespace), arguments.Name);
                var scale = await calls.ReadAsync(
                    (k, c) => k.CustomObjects.GetClusterCustomObjectScaleAsync<JsonElement>(at.Group, at.Version, at.Path, name, c)
                );
                // Whatever is nought is left out.
                var before = scale.GetProperty("spec").TryGetProperty("replicas", out var wanted) ? wanted.GetInt32() : 0;
                var patch = new JsonObject { ["spec"] = new JsonObject { ["replicas"] = arguments.Replicas } };
                await calls.ActAsync(
                    (k, c) =>
                        k.CustomObjects.PatchClusterCustomObjectScaleAsync<JsonElement>(
                            new V1Patch(patch.ToJsonString(), V1Patch.PatchType.MergePatch),
                            at.Group,
                            at.Version,
                            at.Path,
                            name,
                            cancellationToken: c
                        )
                );
                calls.Output($"from {before} to {arguments.Replicas}");
                return ActionResult.Success(new KubernetesScaleResult(before, arguments.Replicas));
            },
            cancel
        );
    }
}
