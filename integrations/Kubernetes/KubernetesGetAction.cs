using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

public sealed record KubernetesGetArguments(
    [KubernetesName] [Description("Its name.")] string Name,
    [KubernetesName] [Description("Its namespace.")] string Namespace = "default",
    [Secret] [Description("Text of a kubeconfig; a secret. By default the cluster that the bot itself runs in.")] string? Kubeconfig = null,
    [Description("The context in it, if not its current one.")] string? Context = null
) : ObjectArguments;

public sealed record KubernetesGetResult(
    [Description("As the API server has it, without `managedFields` and the annotation in which `kubectl apply` keeps a copy of it.")]
        JsonElement Object,
    [Description("Its UID: another one that has the same name has another.")] string Uid,
    [Description("Grows with each change of what is wanted.")] long Generation
);

/// <summary><c>kubernetes/get@1</c>.</summary>
public sealed class KubernetesGetAction(Outward outward) : IStepAction
{
    public string Name => "kubernetes/get@1";

    public string Summary => "Looks at one object of a Kubernetes cluster.";

    public Type Arguments => typeof(KubernetesGetArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesGetResult),
            KubernetesCalls.Reading("`get` of the kind"),
            """
            uses: kubernetes/get@1
            with: { kind: deployment, name: web, namespace: shop, context: prod-eu, kubeconfig: "${{ inputs.password }}" }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"look at {ObjectArguments.Said(with)}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesGetArguments>(ActionJson.Options)!;
        return KubernetesCalls.RunAsync(
            outward,
            call,
            async calls =>
            {
                var found = await calls.GetAsync(await Resource.FindAsync(calls, arguments, arguments.Namespace), arguments.Name);
                return ActionResult.Success(
                    new KubernetesGetResult(Lean(found), found.GetProperty("metadata").GetProperty("uid").GetString()!, found.Generation())
                );
            },
            cancel
        );
    }

    // Both say again what the object says, and are often longer than it: what is too long is not kept on the log.
    private static JsonElement Lean(JsonElement found)
    {
        var lean = JsonObject.Create(found)!;
        var metadata = lean["metadata"]!.AsObject();
        metadata.Remove("managedFields");
        (metadata["annotations"] as JsonObject)?.Remove(Workloads.LastApplied);
        return JsonSerializer.SerializeToElement(lean);
    }
}
