using System.Net;
using System.Net.Sockets;
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
            "The host is not allowed or not there, the TLS handshake fails, the password is wrong, or a write would go to a replica."
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

    /// <summary>The same, of where its address says.</summary>
    public static Task<ActionResult> AskAtAsync(
        Outward outward,
        ActionCall call,
        RedisArguments about,
        Func<RedisConnection, Task<ActionResult>> ask,
        CancellationToken cancel
    ) =>
        HostAndPort.Parse(about.Address, UsualPort) is { } place
            ? AskAsync(outward, call, new RedisServer(place, about.User, about.Password, about.Tls), ask, cancel)
            : Task.FromResult<ActionResult>(
                new ActionResult.Failed(FailureClass.NotSent, $"'{about.Address}' is no address. Write host:port.")
            );

    public static async Task<ActionResult> AskAsync(
        Outward outward,
        ActionCall call,
        RedisServer server,
        Func<RedisConnection, Task<ActionResult>> ask,
        CancellationToken cancel
    )
    {
        var way = new Way(outward, server.Place);
        RedisConnection connection;
        try
        {
            connection = new RedisConnection(await ConnectAsync(server, way, cancel), server.Place, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return new ActionResult.Failed(FailureClass.NotSent, $"{server.Place.Said()} could not be connected in time");
        }
        catch (RedisConnectionException fault)
        {
            return new ActionResult.Failed(FailureClass.NotSent, $"{server.Place.Said()}: {(way.Fault ?? Innermost(fault)).Message}");
        }

        await using (connection)
        {
            try
            {
                outward.InTime(call.Deadline);
                return await ask(connection);
            }
            catch (TooLateException fault)
            {
                return new ActionResult.Failed(FailureClass.NotSent, fault.Message);
            }
            catch (RedisCommandException fault)
            {
                // The client itself keeps it back, as a write on a replica.
                return new ActionResult.Failed(FailureClass.NotSent, fault.Message);
            }
            catch (RedisServerException fault)
            {
                return new ActionResult.Failed(FailureClass.Refused, $"{server.Place.Said()} says: {fault.Message}");
            }
            catch (RedisConnectionException fault)
            {
                return Lost(fault, fault.CommandStatus, server);
            }
            catch (RedisTimeoutException fault)
            {
                return Lost(fault, fault.Commandstatus, server);
            }
        }
    }

    /// <summary>Whether the server answered, and does not let this user in (redis.io, "ACL": the codes of its errors).</summary>
    public static bool KeptOut(ActionResult.Failed failed) =>
        Array.Exists(KeptOutBy, code => failed.Because.Contains(code, StringComparison.OrdinalIgnoreCase));

    private static readonly string[] KeptOutBy = ["NOAUTH", "WRONGPASS", "NOPERM", "AuthenticationFailure", "invalid password"];

    // The client says itself whether the command was still in our hands.
    private static ActionResult.Failed Lost(Exception fault, CommandStatus status, RedisServer server) =>
        new(
            status is CommandStatus.WaitingToBeSent or CommandStatus.WaitingInBacklog ? FailureClass.NotSent : FailureClass.Unknown,
            $"the answer of {server.Place.Said()} was lost: {Innermost(fault).Message}"
        );

    private static Task<ConnectionMultiplexer> ConnectAsync(RedisServer server, Way way, CancellationToken cancel)
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
            ConnectTimeout = (int)LongestConnect.TotalMilliseconds,
            // The step's own time limit ends it.
            AsyncTimeout = int.MaxValue,
            User = server.User,
            Password = server.Password,
            Ssl = server.Tls,
            SslHost = server.Tls ? server.Place.Host : null,
            Tunnel = way,
            CommandMap = server.IsSentinel ? CommandMap.Sentinel : CommandMap.Default,
        };
        return ConnectionMultiplexer.ConnectAsync(options).WaitAsync(cancel);
    }

    private static Exception Innermost(Exception fault) => fault.InnerException is { } inner ? Innermost(inner) : fault;

    /// <summary>It connects for the client: only where runbooks may go, and what comes in is bounded.</summary>
    private sealed class Way(Outward outward, DnsEndPoint place) : Tunnel
    {
        /// <summary>Why there is no connection, in better words than the client's.</summary>
        public Exception? Fault { get; private set; }

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
                var connected = await outward.ConnectAsync(place.Host, place.Port, cancellationToken);
                return new BoundedStream(new NetworkStream(connected, ownsSocket: true), LargestAnswer);
            }
            catch (Exception fault)
            {
                Fault = fault;
                throw;
            }
        }
    }
}

internal sealed record RedisServer(DnsEndPoint Place, string? User, string? Password, bool Tls, bool IsSentinel = false);

internal sealed class RedisConnection(ConnectionMultiplexer client, DnsEndPoint place, CancellationToken cancel) : IAsyncDisposable
{
    public Task<RedisResult> AskAsync(string command, params object[] arguments) =>
        client.GetServer(place).ExecuteAsync(command, arguments, CommandFlags.NoRedirect).WaitAsync(cancel);

    /// <summary><c>INFO section</c> as names and values.</summary>
    public async Task<Dictionary<string, string>> InfoAsync(string section) =>
        ((string?)await AskAsync("INFO", section) ?? "")
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
