using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

public sealed record KubernetesWorkloadArguments(
    [KubernetesName] [Description("Its name.")] string Name,
    [KubernetesName] [Description("Its namespace.")] string Namespace = "default",
    [Description("What it is.")] WorkloadKind Kind = WorkloadKind.Deployment,
    [Secret] [Description("Text of a kubeconfig; a secret. By default the cluster that the bot itself runs in.")] string? Kubeconfig = null,
    [Description("The context in it, if not its current one.")] string? Context = null
);

public sealed record KubernetesRolloutResult([Description("Grows with each change of what is wanted.")] long Generation);

/// <summary><c>kubernetes/rollout-restart@1</c>.</summary>
public sealed class KubernetesRolloutRestartAction(Outward outward) : IStepAction
{
    private const string Mark = "incident/restarted-by";

    // As `kubectl rollout restart` leaves it: dashboards show it as a restart.
    private const string When = "kubectl.kubernetes.io/restartedAt";

    public string Name => "kubernetes/rollout-restart@1";

    public string Summary => "Replaces all pods of a workload, as its strategy says. `kubernetes/rollout-status@1` waits for them.";

    public Type Arguments => typeof(KubernetesWorkloadArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesRolloutResult),
            [
                .. KubernetesCalls.Acting("`get` and `patch` of the kind"),
                CallReach.OnlyLooked,
                new(FailureClass.Refused, "It is a deployment that is paused: nothing would come of it until it is resumed."),
            ],
            """
            uses: kubernetes/rollout-restart@1
            with: { name: web, namespace: shop }
            """
        );

    // The mark that makes the pods new ones is this round's: setting it again changes nothing.
    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"restart all pods of {Workloads.Said(with, "deployment")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesWorkloadArguments>(ActionJson.Options)!;
        return KubernetesCalls.RunAsync(outward, call, calls => RestartAsync(calls, arguments, call.Round), cancel);
    }

    private static async Task<ActionResult> RestartAsync(KubernetesCalls calls, KubernetesWorkloadArguments arguments, string mark)
    {
        var at = arguments.Kind.In(arguments.Namespace);
        var spec = (await calls.GetAsync(at, arguments.Name)).GetProperty("spec");
        if (spec.TextOf("paused") is "True")
            return new ActionResult.Failed(
                FailureClass.Refused,
                $"deployment {arguments.Namespace}/{arguments.Name} is paused: resume it first (`spec.paused: false`), or nothing comes of a restart"
            );
        var marks = new JsonObject { [Mark] = mark };
        if (!IsMarked(spec, mark))
            marks[When] = calls.Time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var template = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = marks } };
        var changed = await calls.PatchAsync(
            at,
            arguments.Name,
            Workloads.Strategic(new JsonObject { ["spec"] = new JsonObject { ["template"] = template } })
        );
        return ActionResult.Success(new KubernetesRolloutResult(changed.Generation()));
    }

    private static bool IsMarked(JsonElement spec, string mark) =>
        spec.GetProperty("template").TryGetProperty("metadata", out var about)
        && about.TryGetProperty("annotations", out var annotations)
        && annotations.TextOf(Mark) == mark;
}
