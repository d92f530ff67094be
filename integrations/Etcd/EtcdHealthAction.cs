using System.ComponentModel;
using System.Text.Json;
using Etcdserverpb;
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
            [
                new(
                    FailureClass.NotSent,
                    "The host is not allowed, its certificate is not trusted, or `ca`, `certificate` or `key` cannot be used: that says nothing about how it is."
                ),
                new(FailureClass.Refused, "It answers, and does not let the user or the certificate in: that is no outage, either."),
            ],
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
        EtcdHealthResult? status = null;
        var told = await EtcdCalls.TryAsync(
            outward,
            call,
            async (etcd, headers) =>
            {
                status = Read(await etcd.StatusAsync(new(), headers, cancellationToken: cancel));
                return ActionResult.Success(status);
            },
            cancel
        );
        if (status is not { Ok: true })
            return told.OrIll(because => new EtcdHealthResult(false, null, null, false, null, 0, 0, [], because));
        // It knows a leader for a while after the majority is gone: only a read through the majority shows that.
        var read = await EtcdCalls.TryAsync(
            outward,
            call,
            async (etcd, headers) =>
            {
                await etcd.GetAsync(AnyKey, headers, cancellationToken: cancel);
                return ActionResult.Success(status);
            },
            cancel
        );
        // That the key is none of this user's needs the majority as well.
        return read.Hindrance is Hindrance.NoRight ? told.Result : read.OrIll(because => status with { Ok = false, Because = because });
    }

    private static EtcdHealthResult Read(StatusResponse told) =>
        new(
            told.Leader != 0,
            told.Header.MemberId.ToString("x"),
            told.Leader == 0 ? null : told.Leader.ToString("x"),
            told.Leader == told.Header.MemberId,
            told.Version,
            told.DbSize,
            told.DbSizeInUse,
            [.. told.Errors],
            told.Leader == 0 ? "it knows no leader" : null
        );
}
