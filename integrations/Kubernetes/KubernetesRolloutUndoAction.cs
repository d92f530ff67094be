using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

public sealed record KubernetesRolloutUndoArguments(
    [Description("The deployment's name.")] string Name,
    [Description("Its namespace.")] string Namespace = "default",
    [Description("The revision to go back to; by default the one before.")] long? Revision = null,
    [Description("Text of a kubeconfig; a secret. By default the cluster that the bot itself runs in.")] string? Kubeconfig = null,
    [Description("The context in it, if not its current one.")] string? Context = null
);

public sealed record KubernetesRolloutUndoResult(
    [Description("The revision that it had.")] long From,
    [Description("The revision whose pods are wanted again; Kubernetes gives them a new number.")] long To,
    [Description("Grows with each change of what is wanted.")] long Generation
);

/// <summary><c>kubernetes/rollout-undo@1</c>.</summary>
public sealed class KubernetesRolloutUndoAction(Outward outward) : IStepAction
{
    private const string RevisionMark = "deployment.kubernetes.io/revision";
    private const string HashLabel = "pod-template-hash";

    public string Name => "kubernetes/rollout-undo@1";

    public string Summary => "Takes a deployment back to the pods of an earlier revision.";

    public Type Arguments => typeof(KubernetesRolloutUndoArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesRolloutUndoResult),
            [
                .. KubernetesCalls.Acting,
                new(FailureClass.Refused, "There is no such revision any more, or somebody changed it meanwhile (409)."),
            ],
            """
            uses: kubernetes/rollout-undo@1
            with: { name: web, namespace: shop, revision: 41 }
            """
        );

    // "The one before" is another one after it was done.
    public StepEffect EffectOf(JsonElement with) => with.TextOf("revision") is null ? StepEffect.Once : StepEffect.Idempotent;

    public string Describe(JsonElement with) =>
        $"take deployment {with.TextOf("namespace") ?? "default"}/{with.TextOf("name")} back to revision {with.TextOf("revision") ?? "before"}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesRolloutUndoArguments>(ActionJson.Options)!;
        return KubernetesCalls.RunAsync(
            outward,
            call,
            new KubernetesTarget(arguments.Kubeconfig, arguments.Context),
            calls => UndoAsync(calls, arguments, call),
            cancel
        );
    }

    private static async Task<ActionResult> UndoAsync(KubernetesCalls calls, KubernetesRolloutUndoArguments arguments, ActionCall call)
    {
        var (name, space) = (arguments.Name, arguments.Namespace);
        var deployment = await calls.ReadAsync((k, c) => k.AppsV1.ReadNamespacedDeploymentAsync(name, space, cancellationToken: c));
        var selector = string.Join(
            ',',
            (deployment.Spec.Selector.MatchLabels ?? new Dictionary<string, string>()).Select(one => $"{one.Key}={one.Value}")
        );
        var sets = await calls.ReadAsync(
            (k, c) => k.AppsV1.ListNamespacedReplicaSetAsync(space, labelSelector: selector, cancellationToken: c)
        );
        var revisions = sets
            .Items.Where(set => set.Metadata.OwnerReferences?.Any(owner => owner.Uid == deployment.Metadata.Uid) is true)
            .ToDictionary(set => Revision(set.Metadata));
        var from = Revision(deployment.Metadata);
        var to = arguments.Revision ?? revisions.Keys.Where(one => one < from).DefaultIfEmpty().Max();
        if (to == from)
            return ActionResult.Success(new KubernetesRolloutUndoResult(from, to, deployment.Metadata.Generation ?? 0));
        if (!revisions.TryGetValue(to, out var wanted))
            return new ActionResult.Failed(
                FailureClass.Refused,
                $"there is no revision {(to == 0 ? "before" : to)} of {space}/{name}: it has {string.Join(", ", revisions.Keys.Order())}"
            );
        wanted.Spec.Template.Metadata.Labels.Remove(HashLabel);
        // Only as it was looked at: what somebody rolled out meanwhile is not undone by accident.
        var patch = new JsonArray(
            new JsonObject
            {
                ["op"] = "test",
                ["path"] = "/metadata/resourceVersion",
                ["value"] = deployment.Metadata.ResourceVersion,
            },
            new JsonObject
            {
                ["op"] = "replace",
                ["path"] = "/spec/template",
                ["value"] = JsonNode.Parse(k8s.KubernetesJson.Serialize(wanted.Spec.Template)),
            }
        );
        var changed = await calls.PatchAsync(
            ObjectKind.Deployment,
            space,
            name,
            new V1Patch(patch.ToJsonString(), V1Patch.PatchType.JsonPatch)
        );
        call.Output($"revision {from} back to {to}");
        return ActionResult.Success(
            new KubernetesRolloutUndoResult(from, to, changed.GetProperty("metadata").GetProperty("generation").GetInt64())
        );
    }

    private static long Revision(V1ObjectMeta about) =>
        long.TryParse(
            about.Annotations?.TryGetValue(RevisionMark, out var text) is true ? text : null,
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : 0;
}
