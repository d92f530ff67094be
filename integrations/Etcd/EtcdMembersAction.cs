using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Etcd;

public sealed record EtcdMembersResult(
    [Description("How many there are.")] int Count,
    [Description("How many may be lost with a majority left, if all are there.")] int Spare,
    [Description("The leader's number, in hexadecimal; nothing without one.")] string? Leader,
    [Description("In order of their names.")] IReadOnlyList<EtcdMember> Members
);

public sealed record EtcdMember(
    [Description("Its number, in hexadecimal.")] string Id,
    [Description("Its name; empty while it has never started.")] string Name,
    [Description("Where clients reach it.")] IReadOnlyList<string> Endpoints,
    [Description("Where members reach it.")] IReadOnlyList<string> Peers,
    [Description("Whether it still learns and does not vote.")] bool Learner
);

/// <summary><c>etcd/members@1</c>.</summary>
public sealed class EtcdMembersAction(Outward outward) : IStepAction
{
    public string Name => "etcd/members@1";

    public string Summary => "Lists the members of an etcd.";

    public Type Arguments => typeof(EtcdArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(EtcdMembersResult),
            EtcdCalls.Reading,
            """
            uses: etcd/members@1
            with: { endpoint: "https://etcd1.example.com:2379" }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"list the members of etcd at {SafeAddress.Of(with.TextOf("endpoint"))}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        string? leader = null;
        var status = await EtcdCalls.AskAsync(
            outward,
            call,
            async (etcd, headers) =>
            {
                var told = await etcd.StatusAsync(new(), headers, cancellationToken: cancel);
                leader = told.Leader == 0 ? null : told.Leader.ToString("x");
                return ActionResult.Success(new NoResult());
            },
            cancel
        );
        if (status is ActionResult.Failed)
            return status;
        return await EtcdCalls.AskAsync(
            outward,
            call,
            async (etcd, headers) =>
            {
                var told = await etcd.MemberListAsync(new(), headers, cancellationToken: cancel);
                var members = told
                    .Members.Select(one => new EtcdMember(
                        one.ID.ToString("x"),
                        one.Name,
                        [.. one.ClientURLs],
                        [.. one.PeerURLs],
                        one.IsLearner
                    ))
                    .OrderBy(one => one.Name, StringComparer.Ordinal)
                    .ToList();
                var voters = members.Count(one => !one.Learner);
                return ActionResult.Success(new EtcdMembersResult(members.Count, (voters - 1) / 2, leader, members));
            },
            cancel
        );
    }
}
