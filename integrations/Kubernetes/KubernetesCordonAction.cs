using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

public sealed record KubernetesCordonArguments(
    [KubernetesName] [Description("The node.")] string Node,
    [Description("False: it takes new pods again.")] bool On = true,
    [Description(
        "With `on: false`: only if it was this run that kept new pods off it. By default so in an `undo`, and there only if it was the step that is undone."
    )]
        bool? Own = null,
    [Secret] [Description("Text of a kubeconfig; a secret. By default the cluster that the bot itself runs in.")] string? Kubeconfig = null,
    [Description("The context in it, if not its current one.")] string? Context = null
);

public sealed record KubernetesCordonResult(
    [Description("Whether somebody else kept new pods off it before; nothing where it takes them again.")] bool? WasCordoned
);

/// <summary><c>kubernetes/cordon@1</c>.</summary>
public sealed class KubernetesCordonAction(Outward outward) : IStepAction
{
    // By which round a node was cordoned: it knows it again, and whoever undoes it opens no node that was closed before, whatever
    // became of the step's answer.
    private const string Mark = "incident/cordoned-by";

    public string Name => "kubernetes/cordon@1";

    public string Summary => "Keeps new pods off a node, or lets them on it again.";

    public Type Arguments => typeof(KubernetesCordonArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesCordonResult),
            [.. KubernetesCalls.Acting("`get` and `patch` of nodes"), CallReach.OnlyLooked],
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
                if (arguments.On)
                    return ActionResult.Success(new KubernetesCordonResult(await CloseAsync(calls, arguments.Node, call.Round)));
                if ((arguments.Own ?? StepPath.IsUndo(call.Step)) && !await IsOwnAsync(calls, arguments.Node, call))
                    call.Output(
                        $"node {arguments.Node} is left as it is: it bears no mark that new pods are kept off it by what is undone"
                    );
                else
                    await SetAsync(calls, arguments.Node, on: false);
                return ActionResult.Success(new KubernetesCordonResult(null));
            },
            cancel
        );
    }

    /// <returns>Whether somebody else kept new pods off it before, and not this round.</returns>
    internal static async Task<bool> CloseAsync(KubernetesCalls calls, string node, string round)
    {
        var (closed, by) = await LookAsync(calls, node);
        // An attempt of this round whose answer was lost may have done it.
        var wasCordoned = closed && StepOf(by) != StepOf(round);
        await SetAsync(calls, node, on: true, wasCordoned ? null : round);
        return wasCordoned;
    }

    private static async Task<bool> IsOwnAsync(KubernetesCalls calls, string node, ActionCall call)
    {
        var (_, by) = await LookAsync(calls, node);
        return StepPath.IsUndo(call.Step)
            ? StepOf(by) == $"{call.Run}/{StepPath.Owner(call.Step)}"
            : by?.StartsWith($"{call.Run}/", StringComparison.Ordinal) is true;
    }

    // Of whichever round.
    private static string? StepOf(string? round) => round?.Split('#')[0];

    private static async Task<(bool Closed, string? By)> LookAsync(KubernetesCalls calls, string node)
    {
        var found = await calls.GetAsync(Resource.Of(ObjectKind.Node, ""), node);
        return (
            found.TryGetProperty("spec", out var spec) && spec.TextOf("unschedulable") is "True",
            found.GetProperty("metadata").TryGetProperty("annotations", out var annotations) ? annotations.TextOf(Mark) : null
        );
    }

    // Who lets pods on it again takes the mark away, whosever it is.
    private static Task<JsonElement> SetAsync(KubernetesCalls calls, string node, bool on, string? mark = null)
    {
        var patch = new JsonObject { ["spec"] = new JsonObject { ["unschedulable"] = on } };
        if (!on || mark is not null)
            patch["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Mark] = mark } };
        return calls.PatchAsync(Resource.Of(ObjectKind.Node, ""), node, Workloads.Strategic(patch));
    }
}
