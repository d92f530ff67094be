using System.Net;
using System.Net.Sockets;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace Integrations.Ssh;

/// <summary>
/// Connections of each login, shared by the commands that run at a time, closed after a while without any. One is enough where its sshd
/// takes as many sessions as it does by default; where it takes fewer there are more of them.
/// </summary>
internal sealed class SshConnections : IAsyncDisposable
{
    /// <summary>Commands at a time on one host: two less than a connection takes, for ending what has to end.</summary>
    public const int SessionsPerHost = 8;

    // OpenSSH's MaxSessions on one connection.
    private const int SessionsPerConnection = 10;

    // Of the step's time, which goes on while it waits, for waiting: whoever does not get his turn by then has sent nothing.
    private const int Share = 4;

    // Timers know no longer one.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    // A name with more is no single host.
    private const int MostAddresses = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // With another address left to try.
    private static readonly TimeSpan EarlyPatience = TimeSpan.FromSeconds(5);

    // For a command to start on a connection that stood: a firewall may have forgotten it, and then nobody answers for minutes.
    private static readonly TimeSpan StandingPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);
    private readonly Outward outward;
    private readonly Lock gate = new();
    private readonly Dictionary<(string Host, int Port), Bound> bounds = [];
    private readonly Dictionary<SshLogin, Kept> kept = [];
    private readonly ITimer sweep;

    public SshConnections(Outward outward)
    {
        this.outward = outward;
        sweep = outward.Time.CreateTimer(_ => Sweep(), null, Idle, Idle);
    }

    /// <summary>Logins and hosts that something is kept of.</summary>
    public (int Logins, int Hosts) Known
    {
        get
        {
            lock (gate)
                return (kept.Count, bounds.Count);
        }
    }

    /// <summary>
    /// The right to run one command on a host. Waits for it, for a quarter of the step's time at most: what begins has the rest for itself,
    /// and is not cut off because others were slow.
    /// </summary>
    /// <exception cref="SshRefusedException">All are taken for so long.</exception>
    public async Task<SshSession> OpenAsync(SshLogin login, Action<string> output, DateTimeOffset deadline, CancellationToken cancel)
    {
        Bound bound;
        Kept one;
        lock (gate)
        {
            bound = Of(bounds, (login.Host.ToLowerInvariant(), login.Port));
            one = Of(kept, login);
        }

        var entered = false;
        try
        {
            await EnterAsync(bound, login, output, deadline, cancel);
            entered = true;
            return new SshSession((command, stop) => StartAsync(one, login, command, stop), () => Release(one, bound, entered: true));
        }
        catch
        {
            Release(one, bound, entered);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await sweep.DisposeAsync();
        foreach (var connection in kept.Values.SelectMany(one => one.Connections))
            connection.Client.Dispose();
    }

    private async Task EnterAsync(Bound bound, SshLogin login, Action<string> output, DateTimeOffset deadline, CancellationToken cancel)
    {
        if (bound.Sessions.Wait(TimeSpan.Zero, CancellationToken.None))
            return;
        var busy = $"{SessionsPerHost} commands run on {login.Host} already, which is the most at a time";
        output($"waits: {busy}");
        var longest = (deadline - outward.Time.GetUtcNow()) / Share;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using var alarm = outward.Time.CreateTimer(
            _ => patience.Cancel(),
            null,
            TimeSpan.FromTicks(Math.Clamp(longest.Ticks, 0, LongestWait.Ticks)),
            Timeout.InfiniteTimeSpan
        );
        try
        {
            await bound.Sessions.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new SshRefusedException(
                cancel.IsCancellationRequested
                    ? $"{busy}, and the step was over before one of them had ended"
                    : $"{busy}, and none ended within a quarter of the step's 'timeout': try again later ('retry'), "
                        + "give it a longer 'timeout', or let fewer run at a time ('max-parallel')"
            );
        }
    }

    // Whoever is about to use it counts before anything else: what has no users can go.
    private static T Of<TKey, T>(Dictionary<TKey, T> known, TKey key)
        where TKey : notnull
        where T : Used, new()
    {
        if (!known.TryGetValue(key, out var one))
            known[key] = one = new T();
        one.Users++;
        return one;
    }

    // Nothing has begun before the shell has our word to go: what does not start on a connection that stood starts on another one.
    private async Task<SshStarted> StartAsync(Kept one, SshLogin login, string command, CancellationToken cancel)
    {
        while (true)
        {
            var (connection, isNew) = await TakeAsync(one, login, cancel);
            try
            {
                var patience = isNew ? Timeout.InfiniteTimeSpan : StandingPatience;
                return await SshStarted.OnAsync(
                    connection.Client,
                    command,
                    over => Leave(one, connection, over),
                    starting => starting.WaitAsync(patience, outward.Time, cancel)
                );
            }
            catch (Exception fault)
            {
                var isRefused = IsRefusal(fault);
                var isFull = isRefused && TakesNoMore(connection);
                Leave(one, connection, over: !isFull);
                if (isRefused && isNew && !isFull)
                    throw new SshRefusedException("the host lets us in and opens no session: 'MaxSessions' of its sshd may be 0.");
                if (cancel.IsCancellationRequested || !(isFull || (!isNew && IsOfConnection(fault))))
                    throw;
            }
        }
    }

    private async Task<(Connection One, bool IsNew)> TakeAsync(Kept one, SshLogin login, CancellationToken cancel)
    {
        await one.Turn.WaitAsync(cancel);
        try
        {
            lock (gate)
            {
                Prune(one);
                if (one.Connections.Find(other => other.Takes) is { } standing)
                {
                    standing.Users++;
                    return (standing, false);
                }
            }

            var client = await ConnectAsync(login, cancel);
            var made = new Connection(client) { Users = 1 };
            lock (gate)
                one.Connections.Add(made);
            return (made, true);
        }
        finally
        {
            one.Turn.Release();
        }
    }

    private void Leave(Kept one, Connection connection, bool over)
    {
        lock (gate)
        {
            connection.IsOver |= over;
            connection.Users--;
            Prune(one);
        }
    }

    // Under the gate.
    private static void Prune(Kept one)
    {
        var gone = one.Connections.FindAll(connection => connection.Users == 0 && !connection.Takes);
        one.Connections.RemoveAll(gone.Contains);
        gone.ForEach(Discard);
    }

    // It says goodbye over the network.
    private static void Discard(Connection connection) => _ = Task.Run(connection.Client.Dispose);

    // The client has no word of its own for a channel that the host does not open, but has one for everything else.
    private static bool IsRefusal(Exception fault) =>
        fault is SshException and not (SshConnectionException or SshOperationTimeoutException or SshAuthenticationException);

    private static bool IsOfConnection(Exception fault) =>
        fault is SshException or SocketException or IOException or ObjectDisposedException or TimeoutException;

    // With other commands under way, it takes as many as these; one that takes none at all is of no use.
    private bool TakesNoMore(Connection connection)
    {
        lock (gate)
        {
            if (connection.Users == 1)
                return false;
            connection.Most = connection.Users - 1;
            return true;
        }
    }

    // A name may have several addresses, not all of which are up. Only one where nobody answers is passed over.
    private async Task<SshClient> ConnectAsync(SshLogin login, CancellationToken cancel)
    {
        var addresses = (await outward.AddressesAsync(login.Host, cancel)).Take(MostAddresses).ToList();
        foreach (var address in addresses.SkipLast(1))
        {
            try
            {
                return await ConnectAsync(login, address, EarlyPatience, cancel);
            }
            catch (Exception fault) when (fault is SocketException or SshOperationTimeoutException && !cancel.IsCancellationRequested)
            {
                // The next one is as good.
                continue;
            }
        }

        return await ConnectAsync(login, addresses[^1], Patience, cancel);
    }

    private static async Task<SshClient> ConnectAsync(SshLogin login, IPAddress address, TimeSpan patience, CancellationToken cancel)
    {
        var about = new ConnectionInfo(address.ToString(), login.Port, login.User, login.Method())
        {
            Timeout = patience,
            RetryAttempts = 1,
        };
        foreach (var algorithm in about.HostKeyAlgorithms.Keys.Where(name => !login.HostKeys.MayBe(name)).ToList())
            about.HostKeyAlgorithms.Remove(algorithm);
        var client = new SshClient(about) { KeepAliveInterval = KeepAlive };
        string? stranger = null;
        client.HostKeyReceived += (_, shown) =>
        {
            shown.CanTrust = login.HostKeys.Knows(shown.FingerPrintSHA256);
            if (!shown.CanTrust)
                stranger = $"{shown.HostKeyName} SHA256:{shown.FingerPrintSHA256}";
        };
        // It blocks, wherever the other side leaves it hanging: whoever waits does so no longer than he wants.
        var connecting = Task.Factory.StartNew(
            client.Connect,
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        try
        {
            await connecting.WaitAsync(cancel);
            about.Timeout = Patience;
            return client;
        }
        catch (Exception fault)
        {
            _ = connecting.ContinueWith(_ => client.Dispose(), TaskScheduler.Default);
            throw fault switch
            {
                _ when stranger is not null => new SshRefusedException(
                    $"the host shows the key {stranger}, expected was {login.HostKeys} by {login.HostKeys.Source}. Nothing was sent to it: "
                        + "either somebody stands in between, or it was set up anew. Ask whoever runs it; if he confirms the new key, put it there."
                ),
                SshAuthenticationException => new SshRefusedException($"{login.User} was not let in: {fault.Message}"),
                _ => fault,
            };
        }
    }

    private void Release(Kept one, Bound bound, bool entered)
    {
        if (entered)
            bound.Sessions.Release();
        lock (gate)
        {
            one.Since = outward.Time.GetTimestamp();
            one.Users--;
            bound.Users--;
        }
    }

    private void Sweep()
    {
        List<Connection> idle = [];
        lock (gate)
        {
            foreach (
                var (login, one) in kept.Where(one => one.Value.Users == 0 && outward.Time.GetElapsedTime(one.Value.Since) >= Idle).ToList()
            )
            {
                kept.Remove(login);
                idle.AddRange(one.Connections);
                one.Connections.Clear();
            }

            foreach (var (host, _) in bounds.Where(one => one.Value.Users == 0).ToList())
                bounds.Remove(host);
        }

        idle.ForEach(Discard);
    }

    private abstract class Used
    {
        /// <summary>Changed under the gate.</summary>
        public int Users { get; set; }
    }

    private sealed class Bound : Used
    {
        public SemaphoreSlim Sessions { get; } = new(SessionsPerHost);
    }

    private sealed class Kept : Used
    {
        /// <summary>One at a time connects.</summary>
        public SemaphoreSlim Turn { get; } = new(1);

        /// <summary>Changed under the gate.</summary>
        public List<Connection> Connections { get; } = [];

        /// <summary>When the last user left.</summary>
        public long Since { get; set; }
    }

    private sealed class Connection(SshClient client) : Used
    {
        public SshClient Client => client;

        /// <summary>Sessions that its host takes at a time on it.</summary>
        public int Most { get; set; } = SessionsPerConnection;

        /// <summary>It did not answer, or somebody did not wait for it: it is left to those who use it.</summary>
        public bool IsOver { get; set; }

        public bool Takes => !IsOver && Users < Most && client.IsConnected;
    }
}
