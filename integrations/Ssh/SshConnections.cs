using System.Collections.Concurrent;
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

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);
    private readonly Outward outward;
    private readonly ConcurrentDictionary<(string Host, int Port), SemaphoreSlim> bounds = [];
    private readonly ConcurrentDictionary<SshLogin, Kept> kept = [];
    private readonly ITimer sweep;

    public SshConnections(Outward outward)
    {
        this.outward = outward;
        sweep = outward.Time.CreateTimer(_ => Sweep(), null, Idle, Idle);
    }

    /// <exception cref="SshRefusedException">The host shows another key, or does not let the user in.</exception>
    /// <exception cref="SshException">It speaks no SSH that we do.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">Nobody is there.</exception>
    public async Task<SshSession> OpenAsync(SshLogin login, Action<string> output, CancellationToken cancel)
    {
        var bound = bounds.GetOrAdd((login.Host, login.Port), _ => new SemaphoreSlim(SessionsPerHost));
        if (bound.CurrentCount == 0)
            output($"waits: {SessionsPerHost} commands run on {login.Host} already");
        await bound.WaitAsync(cancel);
        var one = kept.GetOrAdd(login, _ => new Kept());
        Interlocked.Increment(ref one.Users);
        try
        {
            return new SshSession(await ClientAsync(one, login, cancel), () => Release(one, bound));
        }
        catch
        {
            Release(one, bound);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await sweep.DisposeAsync();
        foreach (var one in kept.Values)
            one.Dispose();
        foreach (var bound in bounds.Values)
            bound.Dispose();
    }

    private async Task<SshClient> ClientAsync(Kept one, SshLogin login, CancellationToken cancel)
    {
        await one.Gate.WaitAsync(cancel);
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
            one.Gate.Release();
        }
    }

    private async Task<SshClient> ConnectAsync(SshLogin login, CancellationToken cancel)
    {
        var address = (await outward.AddressesAsync(login.Host, cancel))[0];
        var about = new ConnectionInfo(address.ToString(), login.Port, login.User, login.Method()) { Timeout = Patience };
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

    private void Release(Kept one, SemaphoreSlim bound)
    {
        one.Since = outward.Time.GetTimestamp();
        Interlocked.Decrement(ref one.Users);
        bound.Release();
    }

    private void Sweep()
    {
        foreach (var one in kept.Values)
        {
            // Whoever is at the gate is about to use it.
            if (Volatile.Read(ref one.Users) > 0 || outward.Time.GetElapsedTime(one.Since) < Idle || !one.Gate.Wait(0))
                continue;
            if (Volatile.Read(ref one.Users) == 0)
            {
                one.Client?.Dispose();
                one.Client = null;
            }

            one.Gate.Release();
        }
    }

    private sealed class Kept : IDisposable
    {
        public readonly SemaphoreSlim Gate = new(1);
        public SshClient? Client;
        public int Users;
        public long Since;

        public void Dispose()
        {
            Client?.Dispose();
            Gate.Dispose();
        }
    }
}

/// <summary>The right to run one command.</summary>
internal sealed class SshSession(SshClient client, Action release) : IDisposable
{
    public SshClient Client => client;

    public void Dispose() => release();
}
