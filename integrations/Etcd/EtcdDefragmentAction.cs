using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Etcd;

/// <summary><c>etcd/defragment@1</c>.</summary>
public sealed class EtcdDefragmentAction(Outward outward) : IStepAction
{
    public string Name => "etcd/defragment@1";

    public string Summary =>
        "Frees unused space in the file of one member. It answers nobody while that lasts: one member after the other, the leader last.";

    public Type Arguments => typeof(EtcdArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(NoResult),
            EtcdCalls.Acting,
            """
            uses: etcd/defragment@1
            with: { endpoint: "https://etcd1.example.com:2379" }
            timeout: 2m
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) =>
        $"defragment etcd at {SafeAddress.Of(with.TextOf("endpoint"))}; it stops answering meanwhile";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
        EtcdCalls.AskAsync(
            outward,
            call,
            async (etcd, headers) =>
            {
                await etcd.DefragmentAsync(new(), headers, cancellationToken: cancel);
                return ActionResult.Success(new NoResult());
            },
            cancel
        );
}
