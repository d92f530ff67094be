using System.ComponentModel;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Autorest;
using k8s.Models;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

public sealed record KubernetesRolloutUndoArguments(
    [KubernetesName] [Description("Its name.")] string Name,
    [KubernetesName] [Description("Its namespace.")] string Namespace = "default",
    [Description("The revision to go back to, by the number that it has or once had; by default the one before, by its number.")]
        long? Revision = null,
    [Description("What it is.")] WorkloadKind Kind = WorkloadKind.Deployment,
    [Secret] [Description("Text of a kubeconfig; a secret. By default the cluster that the bot itself runs in.")] string? Kubeconfig = null,
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
    // As often as Kubernetes' own clients (retry.DefaultRetry of client-go); the look in between takes as long as their pause.
    private const int Tries = 5;
    private const string HashLabel = "pod-template-hash";

    // What tells of the deployment as it is now, and not of one revision.
    private static readonly string[] Kept = [Workloads.LastApplied, "deprecated.deployment.rollback.to"];

    public string Name => "kubernetes/rollout-undo@1";

    public string Summary => "Takes a workload back to the pods of an earlier revision, as `kubectl rollout undo` does.";

    public Type Arguments => typeof(KubernetesRolloutUndoArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesRolloutUndoResult),
            [
                .. KubernetesCalls.Acting(
                    "`get` and `patch` of the kind, and `list` of replica sets, or of controller revisions for stateful and daemon sets"
                ),
                CallReach.OnlyLooked,
                new(
                    FailureClass.Refused,
                    "There is no such revision any more, it is a deployment that is paused, or somebody rolled out something else meanwhile, or it was changed at each of five looks (409)."
                ),
            ],
            """
            uses: kubernetes/rollout-undo@1
            with: { name: web, namespace: shop, revision: 41 }
            """,
            """
            # To the one before, which is another one after it was done.
            uses: kubernetes/rollout-undo@1
            with: { name: web, namespace: shop }
            """
        );

    // "The one before" is another one after it was done. Of a deployment's revision the old number is kept when it gets a new one; of a
    // controller revision it is not, so that a second time finds no such revision.
    public StepEffect EffectOf(JsonElement with) =>
        with.TextOf("revision") is not null && with.TextOf("kind") is null or "deployment" ? StepEffect.Idempotent : StepEffect.Once;

    public string Describe(JsonElement with) =>
        $"take {Workloads.Said(with, "deployment")} back to revision {with.TextOf("revision") ?? "before"}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesRolloutUndoArguments>(ActionJson.Options)!;
        return KubernetesCalls.RunAsync(outward, call, calls => UndoAsync(calls, arguments), cancel);
    }

    private static async Task<ActionResult> UndoAsync(KubernetesCalls calls, KubernetesRolloutUndoArguments arguments)
    {
        JsonElement? meant = null;
        for (var left = Tries; left > 0; left--)
        {
            var history = await RolloutHistory.OfAsync(calls, arguments.Kind, arguments.Namespace, arguments.Name);
            var pods = history.Workload.GetProperty("spec").GetProperty("template");
            meant ??= pods;
            if (!JsonElement.DeepEquals(meant.Value, pods))
                return Conflict(
                    arguments,
                    "somebody rolled out something else while it was looked at (409): look whether that is to be taken back, too"
                );
            try
            {
                return await UndoAsync(calls, arguments, history);
            }
            catch (HttpOperationException fault) when (fault.Response.StatusCode is HttpStatusCode.Conflict)
            {
                // Mostly its own controller, which notes how far it is.
                calls.Output($"it is not as it was when it was looked at (409): {ApiStatus.Said(fault.Response.Content)}");
            }
        }

        return Conflict(
            arguments,
            $"something changed it each of the {Tries} times between the look and the patch (409): find out what, or let it settle, and try again"
        );
    }

    private static ActionResult.Failed Conflict(KubernetesRolloutUndoArguments arguments, string because) =>
        new(FailureClass.Refused, $"{arguments.Namespace}/{arguments.Name} is left as it is: {because}")
        {
            Code = (int)HttpStatusCode.Conflict,
        };

    private static async Task<ActionResult> UndoAsync(
        KubernetesCalls calls,
        KubernetesRolloutUndoArguments arguments,
        RolloutHistory history
    )
    {
        var (found, from, revisions) = history;
        if (found.GetProperty("spec").TextOf("paused") is "True")
            return new ActionResult.Failed(
                FailureClass.Refused,
                $"deployment {arguments.Namespace}/{arguments.Name} is paused: resume it first (`spec.paused: false`), or nothing comes of an undo"
            );
        var to = arguments.Revision ?? history.Previous;
        var now = history.NumberOf(to);
        // The number is the controller's: until it has seen the newest wish, it is that of an earlier one.
        if ((now ?? to) == from && found.IsSeen())
            return ActionResult.Success(new KubernetesRolloutUndoResult(from, to, found.Generation()));
        if (now is not { } number)
            return new ActionResult.Failed(FailureClass.Refused, Missing($"{arguments.Namespace}/{arguments.Name}", to, history));
        var wanted = revisions[number];
        // Only as it was looked at: what somebody rolled out meanwhile is not undone by accident.
        var version = found.GetProperty("metadata").GetProperty("resourceVersion").GetString()!;
        var patch =
            arguments.Kind is WorkloadKind.Deployment ? OfReplicaSet(found, wanted, version) : OfControllerRevision(wanted, version);
        var changed = await calls.PatchAsync(arguments.Kind.In(arguments.Namespace), arguments.Name, patch);
        calls.Output($"revision {from} back to {to}");
        return ActionResult.Success(new KubernetesRolloutUndoResult(from, to, changed.Generation()));
    }

    private static string Missing(string workload, long to, RolloutHistory history)
    {
        var kept = history.Revisions.Count > 0 ? string.Join(", ", history.Revisions.Keys.Order()) : "none";
        return to > 0 ? $"there is no revision {to} of {workload}: it has {kept}"
            : history.Revisions.Count == 1 ? $"{workload} has only revision {kept}: there is none before it"
            : $"{workload} has no revision before {history.Current}: it has {kept}";
    }

    private static V1Patch OfReplicaSet(JsonElement deployment, JsonElement wanted, string version)
    {
        var template = JsonNode.Parse(wanted.GetProperty("spec").GetProperty("template").GetRawText())!;
        template["metadata"]?["labels"]?.AsObject().Remove(HashLabel);
        var annotations = new JsonObject();
        foreach (
            var (name, value) in RolloutHistory
                .Annotations(deployment)
                .Where(one => IsOfNow(one.Name))
                .Concat(RolloutHistory.Annotations(wanted).Where(one => !IsOfNow(one.Name)))
        )
            annotations[name] = value;
        var patch = new JsonArray(
            Replace("/metadata/resourceVersion", version),
            Replace("/metadata/annotations", annotations),
            Replace("/spec/template", template)
        );
        return new V1Patch(patch.ToJsonString(), V1Patch.PatchType.JsonPatch);
    }

    private static V1Patch OfControllerRevision(JsonElement wanted, string version)
    {
        var patch = JsonNode.Parse(wanted.GetProperty("data").GetRawText())!.AsObject();
        patch["metadata"] = new JsonObject { ["resourceVersion"] = version };
        return Workloads.Strategic(patch);
    }

    private static JsonObject Replace(string path, JsonNode value) =>
        new()
        {
            ["op"] = "replace",
            ["path"] = path,
            ["value"] = value,
        };

    private static bool IsOfNow(string annotation) =>
        Kept.Contains(annotation) || annotation.StartsWith("deployment.kubernetes.io/", StringComparison.Ordinal);
}
