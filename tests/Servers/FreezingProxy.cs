using System.Net;
using System.Net.Sockets;

namespace Tests.Servers;

/// <summary>
/// Stands in front of a real server and passes on what both say, until the server has said so much, or until it is told to: from then on
/// nothing passes, and nobody is told. So does a host that hangs, and a firewall that has forgotten a connection.
/// </summary>
internal sealed class FreezingProxy : IAsyncDisposable
{
    private readonly LoopbackListener listener;
    private readonly int behind;
    private readonly long after;
    private int connections;
    private int forgotten;
    private long said;

    /// <param name="after">Bytes of the server that pass on each connection.</param>
    public FreezingProxy(int behind, long after = long.MaxValue)
    {
        (this.behind, this.after) = (behind, after);
        listener = new LoopbackListener(ServeAsync);
    }

    public int Port => listener.Port;

    public int Connections => Volatile.Read(ref connections);

    /// <summary>Bytes that the server has said on all connections.</summary>
    public long Said => Volatile.Read(ref said);

    /// <summary>Forgets those that stand; new ones pass.</summary>
    public void Forget() => Volatile.Write(ref forgotten, Connections);

    /// <summary>Nothing passes any more, on new ones neither.</summary>
    public void Freeze() => Volatile.Write(ref forgotten, int.MaxValue);

    public ValueTask DisposeAsync() => listener.DisposeAsync();

    private async Task ServeAsync(Socket client, CancellationToken stop)
    {
        var number = Interlocked.Increment(ref connections);
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, behind, stop);
                var left = after;
                var forth = PassAsync(client, server, number, read => read, stop);
                await Task.WhenAny(forth, PassAsync(server, client, number, Passing, stop));

                int Passing(int read)
                {
                    var passing = (int)Math.Min(read, left);
                    left -= passing;
                    Interlocked.Add(ref said, passing);
                    return passing;
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The server is gone, or the test is over: so is the connection.
            }
        }
    }

    private async Task PassAsync(Socket from, Socket to, int number, Func<int, int> passing, CancellationToken stop)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, SocketFlags.None, stop) is > 0 and var read)
            {
                if (number > Volatile.Read(ref forgotten))
                    await to.SendAsync(buffer.AsMemory(0, passing(read)), SocketFlags.None, stop);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two hung up.
        }
    }
}
