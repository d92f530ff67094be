using System.ComponentModel;
using System.Text.Json;
using k8s.Models;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

public sealed record KubernetesPatchArguments(
    [KubernetesName] [Description("Its name.")] string Name,
    [Untainted]
    [Description(
        "What is to be different. With `metadata.resourceVersion` as it was looked at, it is refused (409) if somebody changed the object meanwhile."
    )]
        JsonElement Patch,
    [Description(
        "`merge` (RFC 7386), `strategic` (lists are merged by name), or `json` (RFC 6902). By default `strategic`, and `merge` of a `resource`, for which Kubernetes has no strategic one."
    )]
        PatchKind? Type = null,
    [KubernetesName] [Description("Its namespace.")] string Namespace = "default",
    [Secret] [Description("Text of a kubeconfig; a secret. By default the cluster that the bot itself runs in.")] string? Kubeconfig = null,
    [Description("The context in it, if not its current one.")] string? Context = null
) : ObjectArguments;

public enum PatchKind
{
    Strategic,
    Merge,
    Json,
}

public sealed record KubernetesPatchResult([Description("Grows with each change of what is wanted.")] long Generation);

/// <summary><c>kubernetes/patch@1</c>.</summary>
public sealed class KubernetesPatchAction(Outward outward) : IStepAction
{
    public string Name => "kubernetes/patch@1";

    public string Summary => "Changes a part of one object of a Kubernetes cluster.";

    public Type Arguments => typeof(KubernetesPatchArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesPatchResult),
            KubernetesCalls.Acting("`patch` of the kind"),
            """
            uses: kubernetes/patch@1
            with: { kind: service, name: web, namespace: shop, patch: { spec: { selector: { track: stable } } } }
            """,
            """
            # The steps of a JSON patch may add something each time.
            uses: kubernetes/patch@1
            with: { kind: service, name: web, namespace: shop, type: json, patch: [{ op: add, path: /spec/externalIPs/-, value: 192.0.2.7 }] }
            """
        );

    // A merge says how it is to be; the steps of a JSON patch may add something each time.
    public StepEffect EffectOf(JsonElement with) => with.TextOf("type") is "json" ? StepEffect.Once : StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"patch {ObjectArguments.Said(with)} with {with.TextOf("patch")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesPatchArguments>(ActionJson.Options)!;
        var type = (arguments.Type, arguments.Resource) switch
        {
            (PatchKind.Json, _) => V1Patch.PatchType.JsonPatch,
            (PatchKind.Merge, _) or (null, not null) => V1Patch.PatchType.MergePatch,
            _ => V1Patch.PatchType.StrategicMergePatch,
        };
        return KubernetesCalls.RunAsync(
            outward,
            call,
            async calls =>
            {
                var changed = await calls.PatchAsync(
                    await Resource.FindAsync(calls, arguments, arguments.Namespace),
                    arguments.Name,
                    new V1Patch(arguments.Patch.GetRawText(), type)
                );
                return ActionResult.Success(new KubernetesPatchResult(changed.Generation()));
            },
            cancel
        );
    }
}
