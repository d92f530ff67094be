using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tests.Servers;

/// <summary>
/// Stands in front of a real server, which shakes hands and logs the client in, until the client says what it came for: the server does not
/// hear that, and the client meets something else.
/// </summary>
internal sealed class TurningProxy : IAsyncDisposable
{
    private readonly LoopbackListener listener;
    private readonly Func<string, bool> turns;
    private readonly Func<Socket, CancellationToken, Task> then;
    private readonly int behind;
    private int turned;

    /// <param name="turns">Whether what the client says now is what it came for.</param>
    public TurningProxy(int behind, Func<string, bool> turns, Func<Socket, CancellationToken, Task> then)
    {
        (this.behind, this.turns, this.then) = (behind, turns, then);
        listener = new LoopbackListener(ServeAsync);
    }

    public int Port => listener.Port;

    /// <summary>How often it was said.</summary>
    public int Turned => Volatile.Read(ref turned);

    public ValueTask DisposeAsync() => listener.DisposeAsync();

    private async Task ServeAsync(Socket client, CancellationToken stop)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, behind, stop);
                var back = PassAsync(server, client, _ => false, stop);
                var forth = PassAsync(client, server, turns, stop);
                // One of the two ends first: the other side is hung up on, but for one that has turned.
                if (await Task.WhenAny(back, forth) == back || !await forth)
                    return;
                Interlocked.Increment(ref turned);
                // What the server still answers to what it heard before would come in the middle of what the client is to meet.
                server.Shutdown(SocketShutdown.Send);
                await back;
                await then(client, stop);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The client has had enough, or the test is over.
            }
        }
    }

    /// <returns>Whether it ended since it turned, and not since one of the two hung up.</returns>
    private static async Task<bool> PassAsync(Socket from, Socket to, Func<string, bool> turns, CancellationToken stop)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, SocketFlags.None, stop) is > 0 and var read)
            {
                if (turns(Encoding.Latin1.GetString(buffer, 0, read)))
                    return true;
                await to.SendAsync(buffer.AsMemory(0, read), SocketFlags.None, stop);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two hung up.
        }

        return false;
    }
}
