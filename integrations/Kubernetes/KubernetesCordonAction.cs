using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

public sealed record KubernetesCordonArguments(
    [Description("The node.")] string Node,
    [Description("False: it takes new pods again.")] bool On = true,
    [Secret] [Description("Text of a kubeconfig; a secret. By default the cluster that the bot itself runs in.")] string? Kubeconfig = null,
    [Description("The context in it, if not its current one.")] string? Context = null
);

/// <summary><c>kubernetes/cordon@1</c>.</summary>
public sealed class KubernetesCordonAction(Outward outward) : IStepAction
{
    // By whom a node was cordoned in passing, as for a drain, so that the same round knows it again.
    private const string Mark = "incident/cordoned-by";

    public string Name => "kubernetes/cordon@1";

    public string Summary => "Keeps new pods off a node, or lets them on it again.";

    public Type Arguments => typeof(KubernetesCordonArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(NoResult),
            KubernetesCalls.Acting("`patch` of nodes"),
            """
            uses: kubernetes/cordon@1
            with: { node: worker-3 }
            undo: { uses: kubernetes/cordon@1, with: { node: worker-3, on: false } }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) =>
        with.TextOf("on") is "false" or "False" ? $"let pods on {Workloads.Node(with)} again" : $"keep new pods off {Workloads.Node(with)}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesCordonArguments>(ActionJson.Options)!;
        return KubernetesCalls.RunAsync(
            outward,
            call,
            async calls =>
            {
                await SetAsync(calls, arguments.Node, arguments.On);
                return ActionResult.Success(new NoResult());
            },
            cancel
        );
    }

    /// <returns>Whether somebody else keeps new pods off it, and not this round.</returns>
    internal static async Task<bool> IsOfOthersAsync(KubernetesCalls calls, string node, string round)
    {
        var found = await calls.GetAsync(Resource.Of(ObjectKind.Node, ""), node);
        return found.TryGetProperty("spec", out var spec)
            && spec.TextOf("unschedulable") is "True"
            && !(found.GetProperty("metadata").TryGetProperty("annotations", out var annotations) && annotations.TextOf(Mark) == round);
    }

    /// <param name="mark">The round that cordons it in passing; who lets pods on it again takes the mark away, whosever it is.</param>
    internal static Task<JsonElement> SetAsync(KubernetesCalls calls, string node, bool on, string? mark = null)
    {
        var patch = new JsonObject { ["spec"] = new JsonObject { ["unschedulable"] = on } };
        if (!on || mark is not null)
            patch["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Mark] = mark } };
        return calls.PatchAsync(Resource.Of(ObjectKind.Node, ""), node, Workloads.Strategic(patch));
    }
}
