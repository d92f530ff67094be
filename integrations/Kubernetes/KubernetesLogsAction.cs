using System.ComponentModel;
using System.Text.Json;
using k8s;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

public sealed record KubernetesLogsArguments(
    [KubernetesName] [Description("The pod's name.")] string Name,
    [KubernetesName] [Description("Its namespace.")] string Namespace = "default",
    [Description("The container, if there are several.")] string? Container = null,
    [Description("How many lines from the end.")] int Lines = 100,
    [Description("Those of the container that ran before it.")] bool Previous = false,
    [Secret] [Description("Text of a kubeconfig; a secret. By default the cluster that the bot itself runs in.")] string? Kubeconfig = null,
    [Description("The context in it, if not its current one.")] string? Context = null
);

public sealed record KubernetesLogsResult([Description("At most the last 64 KB, in whole lines.")] string Text);

/// <summary><c>kubernetes/logs@1</c>.</summary>
public sealed class KubernetesLogsAction(Outward outward) : IStepAction
{
    private const int Longest = 64 * 1024;

    public string Name => "kubernetes/logs@1";

    public string Summary => "Shows the last lines that a pod wrote.";

    public Type Arguments => typeof(KubernetesLogsArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesLogsResult),
            KubernetesCalls.Reading("`get` of `pods/log`"),
            """
            uses: kubernetes/logs@1
            with: { name: web-7d4b9c-x2x9p, namespace: shop, previous: true }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"show the last {with.TextOf("lines") ?? "100"} lines of {Workloads.Said(with, "pod")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesLogsArguments>(ActionJson.Options)!;
        return KubernetesCalls.RunAsync(
            outward,
            call,
            async calls =>
            {
                var text = await calls.ReadAsync(
                    async (k, c) =>
                    {
                        await using var stream = await k.CoreV1.ReadNamespacedPodLogAsync(
                            arguments.Name,
                            arguments.Namespace,
                            container: arguments.Container,
                            limitBytes: OutwardApi.LargestAnswer,
                            previous: arguments.Previous,
                            tailLines: arguments.Lines,
                            cancellationToken: c
                        );
                        using var reader = new StreamReader(stream);
                        return await reader.ReadToEndAsync(c);
                    }
                );
                // Masked before it is cut, so that no half of a secret is left.
                text = Last(call.Mask.Apply(text));
                foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                    calls.Output(line);
                return ActionResult.Success(new KubernetesLogsResult(text));
            },
            cancel
        );
    }

    // The API server would cut it, too, but at its end, where the newest lines are.
    private static string Last(string text)
    {
        if (text.Length <= Longest)
            return text;
        var kept = text[^Longest..];
        // Of a last line that is longer than all that is kept, its end.
        return kept.IndexOf('\n') is >= 0 and var end && end < kept.Length - 1 ? kept[(end + 1)..] : kept;
    }
}
