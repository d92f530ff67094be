using System.Text.Json;
using dotnet_etcd;
using Grpc.Core;
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
            [.. EtcdCalls.Acting, CallReach.OnlyLooked],
            """
            uses: etcd/defragment@1
            with: { endpoint: "https://etcd1.example.com:2379" }
            timeout: 2m
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) =>
        $"defragment etcd at {SafeAddress.Of(with.TextOf("endpoint"))}; it stops answering meanwhile";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        // One that says nothing is found by a question that changes nothing: nobody has to be asked what became of the other.
        var seen = await call.Reach.LookAsync(() =>
            AskAsync(async (etcd, headers) => await etcd.StatusAsync(new(), headers, cancellationToken: cancel))
        );
        return seen is ActionResult.Failed
            ? seen
            : await AskAsync(async (etcd, headers) => await etcd.DefragmentAsync(new(), headers, cancellationToken: cancel));

        Task<ActionResult> AskAsync(Func<EtcdClient, Metadata, Task> ask) =>
            EtcdCalls.AskAsync(
                outward,
                call,
                async (etcd, headers) =>
                {
                    await ask(etcd, headers);
                    return ActionResult.Success(new NoResult());
                },
                cancel
            );
    }
}
