using System.ComponentModel;
using dotnet_etcd;
using Grpc.Core;
using Grpc.Net.Client;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Integrations.Etcd;

public sealed record EtcdArguments(
    [Untainted(UntaintedPart.Origin)] [Description("The member's client address, as `https://etcd1.example.com:2379`.")] string Endpoint,
    [Description("Of etcd's own users.")] string? User = null,
    [Description("A secret.")] string? Password = null
);

/// <summary>One member of an etcd for one step, by its gRPC API on the transport of <c>http/request</c> (docs/adr/0041).</summary>
internal static class EtcdCalls
{
    private const int LargestAnswer = 10_000_000;

    public static IReadOnlyList<FailureCase> Reading { get; } =
    [
        new(FailureClass.NotSent, "The host is not allowed or not there, or the TLS handshake fails."),
        new(FailureClass.Refused, "etcd says no: no right to it, or no such member."),
        new(FailureClass.Unknown, "No whole answer came in time. Nothing is changed by it: it may be asked again."),
    ];

    public static IReadOnlyList<FailureCase> Acting { get; } =
    [Reading[0], Reading[1], new(FailureClass.Unknown, "No whole answer came in time, or etcd had no leader: it may be done.")];

    public static async Task<ActionResult> AskAsync(
        Outward outward,
        ActionCall call,
        EtcdArguments arguments,
        Func<EtcdClient, Metadata, Task<ActionResult>> ask,
        CancellationToken cancel
    )
    {
        if (!Uri.TryCreate(arguments.Endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            return new ActionResult.Failed(FailureClass.NotSent, $"'{SafeAddress.Of(arguments.Endpoint)}' is no http address.");
        // A password costs a call before the one that is meant, on a connection of its own.
        var headers = new Metadata();
        if (arguments.User is { } user)
        {
            var token = "";
            var refused = await OnceAsync(
                outward,
                call,
                address,
                async client =>
                {
                    token = (
                        await client.AuthenticateAsync(
                            new() { Name = user, Password = arguments.Password ?? "" },
                            cancellationToken: cancel
                        )
                    ).Token;
                    return ActionResult.Success(new NoResult());
                },
                cancel
            );
            if (refused is ActionResult.Failed failed)
                return failed with { Class = failed.Class is FailureClass.Unknown ? FailureClass.NotSent : failed.Class };
            headers.Add("token", token);
        }

        return await OnceAsync(outward, call, address, client => ask(client, headers), cancel);
    }

    private static async Task<ActionResult> OnceAsync(
        Outward outward,
        ActionCall call,
        Uri address,
        Func<EtcdClient, Task<ActionResult>> ask,
        CancellationToken cancel
    )
    {
        using var way = new OutwardHttp(outward, call.Deadline);
        using var channel = GrpcChannel.ForAddress(
            address,
            new GrpcChannelOptions { HttpHandler = way.Handler, MaxReceiveMessageSize = LargestAnswer }
        );
        try
        {
            return await ask(new EtcdClient(channel.CreateCallInvoker()));
        }
        catch (RpcException fault)
        {
            return Failed(fault, way, call, address, cancel);
        }
    }

    private static ActionResult.Failed Failed(RpcException fault, OutwardHttp way, ActionCall call, Uri address, CancellationToken cancel)
    {
        if (fault.Status.DebugException is { } cause && way.Failed(cause, cancel) is { } transport)
            return transport;
        // The client's own word, not etcd's, which has the same for a full database.
        if (fault.Status.Detail.StartsWith("Received message exceeds", StringComparison.Ordinal))
            return new(FailureClass.Unknown, $"the answer of {address.Authority} has more than {ByteSize.Said(LargestAnswer)}");
        if (!way.Began)
            return new(FailureClass.NotSent, $"{address.Authority} could not be connected in time");
        if (cancel.IsCancellationRequested)
            return new(FailureClass.Unknown, $"{address.Authority}: no answer in time");
        var kind = fault.StatusCode switch
        {
            StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.Unknown or StatusCode.Internal =>
                call.Effect is StepEffect.Read ? FailureClass.Refused : FailureClass.Unknown,
            _ => FailureClass.Refused,
        };
        return new(kind, $"{address.Authority} says {fault.StatusCode}: {fault.Status.Detail}");
    }
}
