using System.ComponentModel;
using System.Net;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

public sealed record KubernetesDeletePodArguments(
    [KubernetesName] [Description("The pod's name.")] string Name,
    // To the API server an empty one is any pod's: the step would say that this one was gone already.
    [Filled]
    [Description("Its UID, as `kubernetes/get@1` tells it: another pod that has got its name meanwhile is left alone.")]
        string Uid,
    [KubernetesName] [Description("Its namespace.")] string Namespace = "default",
    [Description("Whether to wait until it is gone, its containers ended; the step's `timeout` bounds it.")] bool Wait = false,
    [Secret] [Description("Text of a kubeconfig; a secret. By default the cluster that the bot itself runs in.")] string? Kubeconfig = null,
    [Description("The context in it, if not its current one.")] string? Context = null
);

public sealed record KubernetesDeletePodResult(
    [Description("False: an attempt before this one, whose answer was lost, has deleted it.")] bool Deleted
);

/// <summary><c>kubernetes/delete-pod@1</c>.</summary>
public sealed class KubernetesDeletePodAction(Outward outward) : IStepAction
{
    public string Name => "kubernetes/delete-pod@1";

    public string Summary => "Deletes one pod and no other that has got its name.";

    public Type Arguments => typeof(KubernetesDeletePodArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesDeletePodResult),
            [.. KubernetesCalls.Acting("`delete` of pods, and `list` and `watch` to wait"), CallWait.NotDone],
            """
            uses: kubernetes/delete-pod@1
            with: { name: web-7d4b9c-x2x9p, namespace: shop, uid: 0b0e5d4c-4a7a-4e0e-9d7e-0a8f5f0f7a11 }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"delete {Workloads.Said(with, "pod")} with UID {with.TextOf("uid")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesDeletePodArguments>(ActionJson.Options)!;
        return KubernetesCalls.RunAsync(
            outward,
            call,
            calls => DeleteAsync(calls, arguments, mayBeGone: call.LostSince is not null),
            cancel
        );
    }

    private static async Task<ActionResult> DeleteAsync(KubernetesCalls calls, KubernetesDeletePodArguments arguments, bool mayBeGone)
    {
        var only = new V1DeleteOptions { Preconditions = new V1Preconditions { Uid = arguments.Uid } };
        try
        {
            await calls.ActAsync(
                (k, c) => k.CoreV1.DeleteNamespacedPodAsync(arguments.Name, arguments.Namespace, only, cancellationToken: c)
            );
        }
        // Else the name, namespace or UID is a wrong one, which is refused.
        catch (HttpOperationException fault)
            when (mayBeGone && fault.Response.StatusCode is (HttpStatusCode.NotFound or HttpStatusCode.Conflict))
        {
            calls.Output($"nothing is deleted now, it is gone: {ApiStatus.Said(fault.Response.Content)}");
            return ActionResult.Success(new KubernetesDeletePodResult(false));
        }

        if (arguments.Wait)
            await GoneAsync(calls, arguments);
        return ActionResult.Success(new KubernetesDeletePodResult(true));
    }

    private static async Task GoneAsync(KubernetesCalls calls, KubernetesDeletePodArguments arguments)
    {
        await using var watch = new KubernetesWatch(
            calls,
            Resource.Of(ObjectKind.Pod, arguments.Namespace),
            $"metadata.name={arguments.Name}",
            only: arguments.Uid
        );
        while (await watch.NextAsync() is { Count: > 0 } there)
            calls.WaitsFor($"{arguments.Namespace}/{arguments.Name} is being deleted and still there{Keeping(there.First())}");
    }

    private static string Keeping(JsonElement pod) =>
        pod.GetProperty("metadata").TryGetProperty("finalizers", out var kept)
            ? $"; finalizers hold it: {string.Join(", ", kept.EnumerateArray().Select(one => one.GetString()))}"
            : "";
}
