using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace Integrations.Redis;

/// <summary>
/// One connection to one Redis or Sentinel for one step: it fails rather than wait for a better time, and sends nothing twice
/// (docs/adr/0041).
/// </summary>
internal static class RedisCalls
{
    public const int UsualPort = 6379;
    public const int SentinelPort = 26379;
    private const int LargestAnswer = 20_000_000;
    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(20);

    public static IReadOnlyList<FailureCase> Reading { get; } =
    [
        new(
            FailureClass.NotSent,
            "The host is not allowed or not there, the TLS handshake fails, `ca`, `certificate` or `key` cannot be used, the password is wrong, or a write would go to a replica."
        ),
        new(FailureClass.Refused, "Redis answers with an error, as `NOPERM`."),
        new(FailureClass.Unknown, "No whole answer came in time. Nothing is changed by it: it may be asked again."),
    ];

    public static IReadOnlyList<FailureCase> Acting { get; } =
    [
        Reading[0],
        new(FailureClass.Refused, "Redis answers with an error, as `NOPERM`."),
        new(FailureClass.Unknown, "The command may have arrived and no answer came."),
    ];

    /// <summary>The one that the call's `address` names.</summary>
    public static Task<ActionResult> AskAtAsync(
        Outward outward,
        ActionCall call,
        Func<RedisConnection, Task<ActionResult>> ask,
        CancellationToken cancel
    )
    {
        var about = call.With.Deserialize<RedisArguments>(ActionJson.Options)!;
        return HostAndPort.Parse(about.Address, UsualPort) is { } place
            ? AskAsync(outward, call, new RedisServer(place, about), ask, cancel)
            : Task.FromResult<ActionResult>(
                new ActionResult.Failed(FailureClass.NotSent, $"'{about.Address}' is no address. Write host:port.")
            );
    }

    public static async Task<ActionResult> AskAsync(
        Outward outward,
        ActionCall call,
        RedisServer server,
        Func<RedisConnection, Task<ActionResult>> ask,
        CancellationToken cancel
    ) => (await TryAsync(outward, call, server, ask, cancel)).Result;

    /// <summary>The same, and what a failure says about the server.</summary>
    public static async Task<Asked> TryAsync(
        Outward outward,
        ActionCall call,
        RedisServer server,
        Func<RedisConnection, Task<ActionResult>> ask,
        CancellationToken cancel
    )
    {
        using var identity = TlsIdentity.Of(call.With, server.Caller.Tls ? null : "set 'tls: true'");
        if (identity.Problem is { } problem)
            return NotSent(problem, Hindrance.NotAsked);
        using var way = new Way(outward, server, identity);
        RedisConnection connection;
        try
        {
            connection = new RedisConnection(await ConnectAsync(server, way, cancel), server.Place, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return NotSent(
                way.FirstWord.Missing is { } silence
                    ? $"{server.Place.Said()}: {silence}"
                    : $"{server.Place.Said()} could not be connected in time",
                Hindrance.Ill
            );
        }
        catch (RedisConnectionException fault)
        {
            var cause = way.Fault ?? Innermost(fault);
            var because = TlsAlert.OfClientCertificate(cause) is { } alert
                ? identity.Refused(alert)
                : way.FirstWord.Missing ?? Words(Innermost(cause), call);
            return NotSent($"{server.Place.Said()}: {because}", HindranceOf(fault, cause));
        }

        await using (connection)
        {
            try
            {
                outward.InTime(call.Deadline);
                return new Asked(await ask(connection));
            }
            catch (TooLateException fault)
            {
                return NotSent(fault.Message, Hindrance.NotAsked);
            }
            catch (RedisCommandException fault)
            {
                // The client itself keeps it back, as a write on a replica.
                return NotSent(fault.Message, Hindrance.NotAsked);
            }
            catch (RedisServerException fault)
            {
                var refused = new ActionResult.Failed(FailureClass.Refused, $"{server.Place.Said()} says: {Said(fault, call)}");
                return new Asked(refused, HindranceOf(fault));
            }
            catch (RedisConnectionException fault)
            {
                return new Asked(Lost(fault, fault.CommandStatus, server), Hindrance.Ill);
            }
            catch (RedisTimeoutException fault)
            {
                return new Asked(Lost(fault, fault.Commandstatus, server), Hindrance.Ill);
            }
        }
    }

    public static string Said(RedisServerException fault, ActionCall call) => ForeignWords.Of(fault.Message, call.Mask);

    // The errors' codes (redis.io, "ACL"), as the client reads them.
    private static Hindrance HindranceOf(RedisServerException fault) =>
        fault.Kind switch
        {
            RedisErrorKind.NoAuth or RedisErrorKind.WrongPass => Hindrance.KeptOut,
            RedisErrorKind.NoPermission => Hindrance.NoRight,
            _ => Hindrance.Ill,
        };

    private static Hindrance HindranceOf(RedisConnectionException fault, Exception cause) =>
        TlsAlert.OfClientCertificate(cause) is not null ? Hindrance.KeptOut
        : cause is HostNotAllowedException or AuthenticationException ? Hindrance.NotAsked
        : fault.FailureType is ConnectionFailureType.AuthenticationFailure ? Hindrance.KeptOut
        : Hindrance.Ill;

    private static Asked NotSent(string because, Hindrance hindrance) =>
        new(new ActionResult.Failed(FailureClass.NotSent, because), hindrance);

    // The client says itself whether the command was still in our hands.
    private static ActionResult.Failed Lost(Exception fault, CommandStatus status, RedisServer server) =>
        new(
            status is CommandStatus.WaitingToBeSent or CommandStatus.WaitingInBacklog ? FailureClass.NotSent : FailureClass.Unknown,
            $"the answer of {server.Place.Said()} was lost: {Innermost(fault).Message}"
        );

    private static async Task<ConnectionMultiplexer> ConnectAsync(RedisServer server, Way way, CancellationToken cancel)
    {
        var options = new ConfigurationOptions
        {
            EndPoints = { server.Place },
            AbortOnConnectFail = true,
            AllowAdmin = true,
            BacklogPolicy = BacklogPolicy.FailFast,
            ConnectRetry = 1,
            ClientName = "incident-runbook",
            // What it would do beside: subscribe to news of other clients, and vote for a primary.
            ConfigurationChannel = "",
            TieBreaker = "",
            SetClientLibrary = false,
            ConnectTimeout = (int)Math.Clamp(server.Patience.TotalMilliseconds, 1, LongestConnect.TotalMilliseconds),
            // The step's own time limit ends it.
            AsyncTimeout = int.MaxValue,
            User = server.Caller.User,
            Password = server.Caller.Password,
            Tunnel = way,
            CommandMap = server.IsSentinel ? CommandMap.Sentinel : CommandMap.Default,
        };
        var connecting = ConnectionMultiplexer.ConnectAsync(options);
        try
        {
            return await connecting.WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            // The client cannot be told to give up: what it still connects is closed when it comes.
            _ = connecting.ContinueWith(
                late => new RedisConnection(late.Result, server.Place, cancel).DisposeAsync().AsTask(),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion,
                TaskScheduler.Default
            );
            throw;
        }
    }

    // The client's own advice is about its settings, which nobody who writes a runbook has.
    private static string Words(Exception cause, ActionCall call) =>
        cause is RedisConnectionException { FailureType: not ConnectionFailureType.AuthenticationFailure }
        && cause.Message.Contains("abortConnect", StringComparison.OrdinalIgnoreCase)
            ? "the connection ended before Redis had said anything: is it a Redis that listens there, and does it speak TLS ('tls: true')?"
            : ForeignWords.Of(cause.Message, call.Mask);

    private static Exception Innermost(Exception fault) => fault.InnerException is { } inner ? Innermost(inner) : fault;

    /// <summary>It connects for the client, TLS and all: only where runbooks may go, and what comes in is bounded.</summary>
    private sealed class Way(Outward outward, RedisServer server, TlsIdentity identity) : Tunnel, IDisposable
    {
        private readonly CancellationTokenSource over = new();

        /// <summary>Why there is no connection, in better words than the client's.</summary>
        public Exception? Fault { get; private set; }

        public FirstWord FirstWord { get; } = new(outward.Time);

        public override ValueTask<EndPoint?> GetSocketConnectEndpointAsync(EndPoint endpoint, CancellationToken cancellationToken) =>
            ValueTask.FromResult<EndPoint?>(null);

        public override async ValueTask<Stream?> BeforeAuthenticateAsync(
            EndPoint endpoint,
            ConnectionType connectionType,
            Socket? socket,
            CancellationToken cancellationToken
        )
        {
            try
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, over.Token);
                var connected = await outward.ConnectAsync(server.Place.Host, server.Place.Port, either.Token);
                over.Token.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), connected);
                var bounded = new BoundedStream(FirstWord.Await(new NetworkStream(connected, ownsSocket: true)), LargestAnswer);
                return server.Caller.Tls
                    ? new HeardStream(await SecureAsync(bounded, cancellationToken), fault => Fault ??= fault, outward.Time)
                    : bounded;
            }
            catch (Exception fault)
            {
                Fault = fault;
                throw;
            }
        }

        /// <summary>Closes what it connected, and what it still connects: the client itself closes no stream that it was given.</summary>
        public void Dispose() => over.Cancel();

        private async Task<SslStream> SecureAsync(Stream connection, CancellationToken cancel)
        {
            var options = new SslClientAuthenticationOptions { TargetHost = server.Place.Host };
            identity.Apply(options);
            var secured = new SslStream(connection);
            try
            {
                await secured.AuthenticateAsClientAsync(options, cancel);
                return secured;
            }
            catch
            {
                await secured.DisposeAsync();
                throw;
            }
        }
    }
}

internal sealed record RedisServer(DnsEndPoint Place, RedisCaller Caller, bool IsSentinel = false)
{
    /// <summary>How long a connection may take to be made: 1 ms to 20 s, of which what is beyond is taken off.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.MaxValue;
}

internal sealed class RedisConnection(ConnectionMultiplexer client, DnsEndPoint place, CancellationToken cancel) : IAsyncDisposable
{
    public Task<RedisResult> AskAsync(string command, params object[] arguments) =>
        client.GetServer(place).ExecuteAsync(command, arguments, CommandFlags.NoRedirect).WaitAsync(cancel);

    /// <summary><c>INFO section</c> as names and values.</summary>
    public async Task<Dictionary<string, string>> InfoAsync(string section) =>
        ((await AskAsync("INFO", section)).ToString(out _) ?? "")
            .Split('\n', StringSplitOptions.TrimEntries)
            .Select(line => line.Split(':', 2))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    // What is under way is not waited for: whoever closes has its answer or has given it up.
    public async ValueTask DisposeAsync()
    {
        await client.CloseAsync(allowCommandsToComplete: false);
        await client.DisposeAsync();
    }
}
