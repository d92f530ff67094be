using System.Net;
using System.Net.Sockets;

namespace Integrations;

/// <summary>The way of an action to a host: only to allowed ones, and nothing leaves after the attempt's deadline.</summary>
public sealed class Outward(AllowedHosts hosts, TimeProvider time)
{
    public TimeProvider Time => time;

    /// <summary>Where large answers take the memory from that they need.</summary>
    public AnswerRoom Room { get; init; } = AnswerRoom.OfProcess;

    /// <summary>Who is asked for the addresses of a name.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Names { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>Where a host may be called.</summary>
    /// <exception cref="HostNotAllowedException">The name is not allowed, and none of its addresses is.</exception>
    /// <exception cref="SocketException">Nobody knows the name.</exception>
    public async Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancel)
    {
        var byName = hosts.AllowsName(host);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await NamedAsync(host, byName, cancel);
        var allowed = addresses.Where(address => byName || hosts.AllowsAddress(address)).ToArray();
        return allowed.Length > 0 ? allowed : throw new HostNotAllowedException(host);
    }

    // Of a name that is not allowed it does not matter whether somebody knows it.
    private async Task<IPAddress[]> NamedAsync(string host, bool isAllowed, CancellationToken cancel)
    {
        try
        {
            return await Names(host, cancel);
        }
        catch (SocketException) when (!isAllowed)
        {
            throw new HostNotAllowedException(host);
        }
    }

    /// <exception cref="HostNotAllowedException">As above.</exception>
    /// <exception cref="SocketException">Nobody knows the name, or nobody listens there.</exception>
    public async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancel)
    {
        return await ConnectAsync(await AddressesAsync(host, cancel), port, cancel);
    }

    /// <param name="addresses">As <see cref="AddressesAsync"/> gave them: the name is not asked for again, it may have others by now.</param>
    /// <exception cref="SocketException">Nobody listens at any of them.</exception>
    public static async Task<Socket> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, cancel);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Asked when a connection stands and before anything that acts is sent: a process that was stopped on the way there finds the
    /// step decided by somebody else, and timers have not told it yet.
    /// </summary>
    /// <exception cref="TooLateException">The deadline has passed.</exception>
    public void InTime(DateTimeOffset deadline)
    {
        if (time.GetUtcNow() >= deadline)
            throw new TooLateException();
    }
}

internal sealed class TooLateException() : IOException(Sentence)
{
    public const string Sentence = "The step's time was over before it could be sent.";
}
