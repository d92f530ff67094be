using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Etcd;

public sealed record EtcdMoveLeaderArguments(
    [Untainted(UntaintedPart.Origin)] [HttpAddress] [Description("The leader's client address.")] string Endpoint,
    [EtcdMemberNumber] [Description("The number of the member that is to lead, in hexadecimal, as `etcd/members@1` lists it.")] string To
) : EtcdCaller;

/// <summary><c>etcd/move-leader@1</c>.</summary>
public sealed class EtcdMoveLeaderAction(Outward outward) : IStepAction
{
    public string Name => "etcd/move-leader@1";

    public string Summary => "Makes another member of an etcd its leader.";

    public Type Arguments => typeof(EtcdMoveLeaderArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(NoResult),
            [
                .. EtcdCalls.Acting,
                CallReach.OnlyLooked,
                new(FailureClass.Refused, "Neither the member that was asked nor the one that is to lead is the leader."),
            ],
            """
            uses: etcd/move-leader@1
            with: { endpoint: "https://etcd1.example.com:2379", to: 8e9e05c52164694d }
            """
        );

    // One that leads already is a leader that stays.
    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) =>
        $"move etcd's leadership from {SafeAddress.Of(with.TextOf("endpoint"))} to member {with.TextOf("to")}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<EtcdMoveLeaderArguments>(ActionJson.Options)!;
        var member = EtcdMemberNumberAttribute.Read(arguments.To);
        // Asked again after its answer was lost, the member that led is not the leader any more.
        var leads = false;
        var asked = await call.Reach.LookAsync(() =>
            EtcdCalls.AskAsync(
                outward,
                call,
                async (etcd, headers) =>
                {
                    leads = (await etcd.StatusAsync(new(), headers, cancellationToken: cancel)).Leader == member;
                    return ActionResult.Success(new NoResult());
                },
                cancel
            )
        );
        if (asked is ActionResult.Failed)
            return asked;
        if (leads)
        {
            call.Output($"member {arguments.To} leads already");
            return asked;
        }

        return await EtcdCalls.AskAsync(
            outward,
            call,
            async (etcd, headers) =>
            {
                await etcd.MoveLeaderAsync(new() { TargetID = member }, headers, cancellationToken: cancel);
                return ActionResult.Success(new NoResult());
            },
            cancel
        );
    }
}
