using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Integrations.Kubernetes;

public sealed record KubernetesWaitArguments(
    [KubernetesName] [Description("Its name.")] string Name,
    [Description("The type of the condition, as `Ready`, `Available` or `Complete`.")] string Condition,
    [Description("`True`, `False` or `Unknown`.")] string Status = "True",
    [KubernetesName] [Description("Its namespace.")] string Namespace = "default",
    [Secret] [Description("Text of a kubeconfig; a secret. By default the cluster that the bot itself runs in.")] string? Kubeconfig = null,
    [Description("The context in it, if not its current one.")] string? Context = null
) : ObjectArguments;

public sealed record KubernetesWaitResult([Description("Why it is so, as Kubernetes says it.")] string? Reason);

/// <summary><c>kubernetes/wait@1</c>.</summary>
public sealed class KubernetesWaitAction(Outward outward) : IStepAction
{
    public string Name => "kubernetes/wait@1";

    public string Summary => "Waits until an object of a Kubernetes cluster has a condition; the step's `timeout` bounds it.";

    public Type Arguments => typeof(KubernetesWaitArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesWaitResult),
            KubernetesCalls.Waiting("`list` and `watch` of the kind"),
            """
            uses: kubernetes/wait@1
            with: { kind: pod, name: db-0, namespace: shop, condition: Ready }
            timeout: 5m
            """,
            """
            uses: kubernetes/wait@1
            with: { resource: cert-manager.io/v1/certificates, name: shop-tls, namespace: shop, condition: Ready }
            timeout: 10m
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) =>
        $"wait until {ObjectArguments.Said(with)} has {with.TextOf("condition")} {with.TextOf("status") ?? "True"}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesWaitArguments>(ActionJson.Options)!;
        return KubernetesCalls.RunAsync(
            outward,
            call,
            async calls =>
                await KubernetesWatch.UntilAsync(
                    calls,
                    await Resource.FindAsync(calls, arguments, arguments.Namespace),
                    arguments.Name,
                    found => Judge(found, arguments, call.Mask)
                ),
            cancel
        );
    }

    private static (ActionResult? Over, string Seen) Judge(JsonElement found, KubernetesWaitArguments arguments, SecretMask mask)
    {
        if (found.Condition(arguments.Condition) is not { } one)
            return (null, $"it has no condition {arguments.Condition} yet");
        var (status, reason) = (one.TextOf("status"), one.TextOf("reason"));
        var why = ForeignWords.Of(
            string.Join(": ", new[] { reason, one.TextOf("message") }.Where(said => !string.IsNullOrEmpty(said))),
            mask
        );
        return (
            status == arguments.Status ? ActionResult.Success(new KubernetesWaitResult(reason)) : null,
            $"{arguments.Condition} is {status}{(why.Length > 0 ? $" ({why})" : "")}"
        );
    }
}
