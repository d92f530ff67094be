using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

public sealed record KubernetesRolloutHistoryResult(
    [Description("The revision that is wanted now.")] long Current,
    [Description(
        "What was there when the pods of now were rolled out for the first time: of a deployment never one that was gone back from to them, which of sets nobody keeps; 0: there is none any more."
    )]
        long Previous,
    [Description(
        "Seconds since the pods of now were rolled out; where a deployment went back to them, since the last step of that rollout, by its condition `Progressing` (the end of a pause counts as a step). Null: their controller has not seen them yet, or the deployment went back to them and has no `progressDeadlineSeconds`."
    )]
        double? Age,
    [Description("The images that are wanted now.")] IReadOnlyList<string> Images,
    [Description("Those of `previous`.")] IReadOnlyList<string> PreviousImages,
    [Description("Those that Kubernetes has kept, newest first.")] IReadOnlyList<KubernetesRevision> Revisions
);

public sealed record KubernetesRevision(
    [Description("Its number.")] long Revision,
    [Description("When it was made: to go back to it makes no new one.")] DateTimeOffset Created,
    [Description("The images of its containers.")] IReadOnlyList<string> Images,
    [Description("The numbers that it had before it was gone back to, oldest first; of sets nobody keeps them.")] IReadOnlyList<long> Former
);

/// <summary><c>kubernetes/rollout-history@1</c>.</summary>
public sealed class KubernetesRolloutHistoryAction(Outward outward) : IStepAction
{
    public string Name => "kubernetes/rollout-history@1";

    public string Summary => "Tells which revisions of a workload Kubernetes has kept, as `kubectl rollout history` does.";

    public Type Arguments => typeof(KubernetesWorkloadArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(KubernetesRolloutHistoryResult),
            KubernetesCalls.Reading(
                "`get` of the kind, and `list` of replica sets, or of controller revisions for stateful and daemon sets"
            ),
            """
            uses: kubernetes/rollout-history@1
            with: { name: web, namespace: shop }
            expect: result.previous > 0
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"look which revisions there are of {Workloads.Said(with, "deployment")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<KubernetesWorkloadArguments>(ActionJson.Options)!;
        return KubernetesCalls.RunAsync(
            outward,
            call,
            async calls =>
            {
                var history = await RolloutHistory.OfAsync(calls, arguments.Kind, arguments.Namespace, arguments.Name);
                var revisions = history
                    .Revisions.OrderByDescending(one => one.Key)
                    .Select(one => new KubernetesRevision(
                        one.Key,
                        RolloutHistory.Created(one.Value),
                        Images(one.Value),
                        [.. RolloutHistory.Former(one.Value)]
                    ))
                    .ToList();
                foreach (var one in revisions)
                    calls.Output(
                        $"{one.Revision}: {string.Join(", ", one.Images)}, of {one.Created:u}{(one.Revision == history.Current ? ", now" : "")}"
                    );
                var previous = revisions.Find(one => one.Revision == history.Before);
                return ActionResult.Success(
                    new KubernetesRolloutHistoryResult(
                        history.Current,
                        history.Before,
                        (calls.Time.GetUtcNow() - history.RolledOut)?.TotalSeconds,
                        Images(history.Workload),
                        previous?.Images ?? [],
                        revisions
                    )
                );
            },
            cancel
        );
    }

    // A replica set has it in its spec, a controller revision in the patch that it is.
    private static IReadOnlyList<string> Images(JsonElement kept) =>
        [
            .. (kept.TryGetProperty("data", out var data) ? data : kept)
                .GetProperty("spec")
                .GetProperty("template")
                .GetProperty("spec")
                .GetProperty("containers")
                .EnumerateArray()
                .Select(one => one.TextOf("image") ?? ""),
        ];
}
