using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Etcd;

public sealed record EtcdHealthResult(
    [Description("Whether this member answers, knows a leader, and reads with the majority's consent.")] bool Ok,
    [Description("This member's number, in hexadecimal.")] string? Member,
    [Description("The leader's number; nothing without one.")] string? Leader,
    [Description("Whether this member is the leader.")] bool IsLeader,
    [Description("Its version.")] string? Version,
    [Description("Bytes of its database's file.")] long DbSize,
    [Description("Bytes of it that are in use: the rest is freed by a defragmentation.")] long DbSizeInUse,
    [Description("Alarms that are raised, as `NOSPACE`.")] IReadOnlyList<string> Alarms,
    [Description("Why not.")] string? Because
);

/// <summary><c>etcd/health@1</c>.</summary>
public sealed class EtcdHealthAction(Outward outward) : IStepAction
{
    // What etcdctl endpoint health reads, too; it need not exist.
    private const string AnyKey = "health";

    public string Name => "etcd/health@1";

    public string Summary => "Asks a member of an etcd whether it is well. That it does not answer is a result, no failure.";

    public Type Arguments => typeof(EtcdArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(EtcdHealthResult),
            [new(FailureClass.NotSent, "The host is not allowed.")],
            """
            uses: etcd/health@1
            with: { endpoint: "https://etcd1.example.com:2379" }
            timeout: 5s
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"ask etcd at {SafeAddress.Of(with.TextOf("endpoint"))} for its health";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<EtcdArguments>(ActionJson.Options)!;
        EtcdHealthResult? status = null;
        var answer = await EtcdCalls.AskAsync(
            outward,
            call,
            arguments,
            async (etcd, headers) =>
            {
                var told = await etcd.StatusAsync(new(), headers, cancellationToken: cancel);
                var member = told.Header.MemberId.ToString("x");
                status = new EtcdHealthResult(
                    told.Leader != 0,
                    member,
                    told.Leader == 0 ? null : told.Leader.ToString("x"),
                    told.Leader == told.Header.MemberId,
                    told.Version,
                    told.DbSize,
                    told.DbSizeInUse,
                    [.. told.Errors],
                    told.Leader == 0 ? "it knows no leader" : null
                );
                return ActionResult.Success(status);
            },
            cancel
        );
        if (answer is not ActionResult.Succeeded || status is not { Ok: true })
            return
                answer is ActionResult.Failed failed
                && !failed.Because.Contains(AllowedHosts.Setting, StringComparison.Ordinal)
                && !KeptOut(failed)
                ? ActionResult.Success(new EtcdHealthResult(false, null, null, false, null, 0, 0, [], failed.Because))
                : answer;
        // It knows a leader for a while after the majority is gone: only a read through the majority shows that.
        var read = await EtcdCalls.AskAsync(
            outward,
            call,
            arguments,
            async (etcd, headers) =>
            {
                await etcd.GetAsync(AnyKey, headers, cancellationToken: cancel);
                return ActionResult.Success(status);
            },
            cancel
        );
        // That the key is none of this user's needs the majority as well.
        return read is ActionResult.Failed { Because: var because } && !because.Contains("PermissionDenied", StringComparison.Ordinal)
            ? ActionResult.Success(status with { Ok = false, Because = because })
            : ActionResult.Success(status);
    }

    // One that does not let us in is up, and a wrong password is no outage.
    private static bool KeptOut(ActionResult.Failed failed) =>
        failed.Because.Contains("Unauthenticated", StringComparison.Ordinal)
        || failed.Because.Contains("authentication failed", StringComparison.Ordinal);
}
