using System.Net;
using System.Net.Sockets;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace Integrations.Ssh;

/// <summary>
/// One connection for each login, shared by the commands that run at a time, closed after a while without any; and so many sessions
/// on one host as its sshd takes by default, less two that are kept for ending what has to end.
/// </summary>
internal sealed class SshConnections : IAsyncDisposable
{
    /// <summary>At a time on one host; OpenSSH's <c>MaxSessions</c> is 10 on one connection.</summary>
    public const int SessionsPerHost = 8;

    // A name with more is no single host.
    private const int MostAddresses = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // With another address left to try.
    private static readonly TimeSpan EarlyPatience = TimeSpan.FromSeconds(5);
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

    /// <exception cref="SshRefusedException">The host shows another key, or does not let the user in.</exception>
    /// <exception cref="SshException">It speaks no SSH that we do.</exception>
    /// <exception cref="SocketException">Nobody is there.</exception>
    public async Task<SshSession> OpenAsync(SshLogin login, Action<string> output, CancellationToken cancel)
    {
        Bound bound;
        Kept one;
        lock (gate)
        {
            bound = Of(bounds, (login.Host, login.Port));
            one = Of(kept, login);
        }

        var entered = false;
        try
        {
            if (bound.Sessions.CurrentCount == 0)
                output($"waits: {SessionsPerHost} commands run on {login.Host} already");
            await bound.Sessions.WaitAsync(cancel);
            entered = true;
            return new SshSession(await ClientAsync(one, login, cancel), () => Release(one, bound, entered: true));
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
        foreach (var one in kept.Values)
            one.Client?.Dispose();
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

    private async Task<SshClient> ClientAsync(Kept one, SshLogin login, CancellationToken cancel)
    {
        await one.Turn.WaitAsync(cancel);
        try
        {
            if (one.Client is { IsConnected: true } client)
                return client;
            one.Client?.Dispose();
            one.Client = null;
            return one.Client = await ConnectAsync(login, cancel);
        }
        finally
        {
            one.Turn.Release();
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
        var about = new ConnectionInfo(address.ToString(), login.Port, login.User, login.Method()) { Timeout = patience };
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
        try
        {
            await client.ConnectAsync(cancel);
            return client;
        }
        catch (Exception fault)
        {
            client.Dispose();
            throw fault switch
            {
                _ when stranger is not null => new SshRefusedException(
                    $"the host shows the key {stranger}, expected was {login.HostKeys}. "
                        + "It was set up anew, or somebody stands in between: nothing was sent to it."
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
        List<SshClient> idle = [];
        lock (gate)
        {
            foreach (
                var (login, one) in kept.Where(one => one.Value.Users == 0 && outward.Time.GetElapsedTime(one.Value.Since) >= Idle).ToList()
            )
            {
                kept.Remove(login);
                if (one.Client is { } client)
                    idle.Add(client);
            }

            foreach (var (host, _) in bounds.Where(one => one.Value.Users == 0).ToList())
                bounds.Remove(host);
        }

        // It says goodbye over the network.
        foreach (var client in idle)
            client.Dispose();
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

        public SshClient? Client { get; set; }

        /// <summary>When the last user left.</summary>
        public long Since { get; set; }
    }
}

/// <summary>The right to run one command.</summary>
internal sealed class SshSession(SshClient client, Action release) : IDisposable
{
    public SshClient Client => client;

    public void Dispose() => release();
}
