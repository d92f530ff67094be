using System.Text.Json;
using dotnet_etcd;
using Grpc.Core;
using Grpc.Net.Client;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Integrations.Etcd;

/// <summary>One member of an etcd for one step, by its gRPC API on the transport of <c>http/request</c> (docs/adr/0041).</summary>
internal static class EtcdCalls
{
    private const int LargestAnswer = 10_000_000;

    private const string NoUser = "user name is empty";

    public static IReadOnlyList<FailureCase> Reading { get; } =
    [
        new(
            FailureClass.NotSent,
            "The host is not allowed or not there, the TLS handshake fails, etcd asks for another client certificate, or `ca`, `certificate` or `key` cannot be used."
        ),
        new(FailureClass.Refused, "etcd says no: no such user, no right to it, or no such member."),
        new(FailureClass.Unknown, "No whole answer came in time. Nothing is changed by it: it may be asked again."),
    ];

    public static IReadOnlyList<FailureCase> Acting { get; } =
    [Reading[0], Reading[1], new(FailureClass.Unknown, "No whole answer came in time, or etcd had no leader: it may be done.")];

    /// <param name="streams">The answer has no end that is known, and nothing of it is kept.</param>
    public static async Task<ActionResult> AskAsync(
        Outward outward,
        ActionCall call,
        Func<EtcdClient, Metadata, Task<ActionResult>> ask,
        CancellationToken cancel,
        bool streams = false
    ) => (await TryAsync(outward, call, ask, cancel, streams)).Result;

    /// <summary>The same, and what a failure says about the member.</summary>
    public static async Task<Asked> TryAsync(
        Outward outward,
        ActionCall call,
        Func<EtcdClient, Metadata, Task<ActionResult>> ask,
        CancellationToken cancel,
        bool streams = false
    )
    {
        var arguments = call.With.Deserialize<EtcdArguments>(ActionJson.Options)!;
        if (!Uri.TryCreate(arguments.Endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            return NotAsked($"'{SafeAddress.Of(arguments.Endpoint)}' is no http address.");
        using var identity = TlsIdentity.Of(call.With, address);
        if (identity.Problem is { } problem)
            return NotAsked(problem);
        // A password costs a call before the one that is meant, on a connection of its own.
        var headers = new Metadata();
        if (arguments.User is { Length: > 0 } user)
        {
            var token = "";
            var signedIn = default(Asked);
            var answer = await call.Reach.LookAsync(async () =>
            {
                signedIn = await OnceAsync(async client =>
                {
                    var login = new Etcdserverpb.AuthenticateRequest { Name = user, Password = arguments.Password ?? "" };
                    token = (await client.AuthenticateAsync(login, cancellationToken: cancel)).Token;
                    return ActionResult.Success(new NoResult());
                });
                return signedIn.Result;
            });
            if (answer is ActionResult.Failed)
                return signedIn;
            call.Sends(token);
            headers.Add("token", token);
        }

        return await OnceAsync(client => ask(client, headers));

        async Task<Asked> OnceAsync(Func<EtcdClient, Task<ActionResult>> one)
        {
            using var way = new OutwardHttp(outward, call.Deadline, identity);
            using var answers = streams ? null : new BoundedAnswers(way.Handler, LargestAnswer, outward.Room);
            using var channel = GrpcChannel.ForAddress(
                address,
                new GrpcChannelOptions
                {
                    HttpHandler = new NoRedirects { InnerHandler = answers ?? (HttpMessageHandler)way.Handler },
                    MaxReceiveMessageSize = LargestAnswer,
                }
            );
            try
            {
                return new Asked(await one(new EtcdClient(channel.CreateCallInvoker())));
            }
            catch (RpcException fault)
            {
                return Failed(fault, way, call, address, cancel);
            }
        }
    }

    private static Asked Failed(RpcException fault, OutwardHttp way, ActionCall call, Uri address, CancellationToken cancel)
    {
        if (fault.Status.DebugException is { } cause && way.Failed(cause, cancel) is { } transport)
            return new(
                IsNoHttp2(cause, address.Scheme == Uri.UriSchemeHttp)
                    ? transport with
                    {
                        Because =
                            $"what answers at {address.Authority} does not speak HTTP/2, as etcd's clients do: is another port meant (2379 is etcd's own)?",
                    }
                    : transport,
                way.HindranceOf(cause)
            );
        // The client's own word, not etcd's, which has the same for a full database.
        if (fault.Status.Detail.StartsWith("Received message exceeds", StringComparison.Ordinal))
            return Ill(FailureClass.Unknown, $"the answer of {address.Authority} has more than {ByteSize.Said(LargestAnswer)}");
        if (!way.Began)
            return Ill(FailureClass.NotSent, $"{address.Authority} could not be connected in time");
        if (cancel.IsCancellationRequested)
            return Ill(FailureClass.Unknown, $"{address.Authority}: no answer in time");
        var hindrance = HindranceOf(fault.Status);
        var open =
            hindrance is Hindrance.Ill
            && call.Effect is not StepEffect.Read
            && fault.StatusCode
                is StatusCode.Unavailable
                    or StatusCode.DeadlineExceeded
                    or StatusCode.Cancelled
                    or StatusCode.Unknown
                    or StatusCode.Internal;
        var fix = Said(fault.Status) is NoUser ? ": give 'user' and 'password'" : "";
        return new(
            new ActionResult.Failed(
                open ? FailureClass.Unknown : FailureClass.Refused,
                $"{address.Authority} says {fault.StatusCode}: {ForeignWords.Of(fault.Status.Detail, call.Mask)}{fix}"
            ),
            hindrance
        );
    }

    // PROTOCOL_ERROR (RFC 9113, section 7): the first that came was no frame of HTTP/2. The client closes the connection for that, and may
    // still be at its own first words. Under TLS it closes it for other reasons, too.
    private static bool IsNoHttp2(Exception? fault, bool plain) =>
        fault is HttpProtocolException { ErrorCode: 1 }
        || (plain && fault is ObjectDisposedException)
        || (fault is not null && IsNoHttp2(fault.InnerException, plain));

    // It tells most of these by their texts alone, and so do its own clients (api/v3rpc/rpctypes/error.go): a wrong password has the code of
    // any wrong argument, and all that is said of a call of its maintenance has the code Unknown.
    private static Hindrance HindranceOf(Status status) =>
        Said(status) switch
        {
            "permission denied" => Hindrance.NoRight,
            NoUser or "authentication failed, invalid user ID or password" or "invalid auth token" or "authentication is not enabled" =>
                Hindrance.KeptOut,
            _ => Hindrance.Ill,
        };

    // Without the part of it that says so, "etcdserver" or "auth".
    private static string Said(Status status) => status.Detail[(status.Detail.IndexOf(':', StringComparison.Ordinal) + 1)..].TrimStart();

    private static Asked NotAsked(string because) => new(new ActionResult.Failed(FailureClass.NotSent, because), Hindrance.NotAsked);

    private static Asked Ill(FailureClass kind, string because) => new(new ActionResult.Failed(kind, because), Hindrance.Ill);
}
