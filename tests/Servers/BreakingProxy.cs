using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tests.Servers;

/// <summary>
/// Stands in front of a real server and passes on what the client says, until something may not pass: then the client is reset, and the
/// server does not hear it. What either of them ends by itself ends in order.
/// </summary>
internal sealed class BreakingProxy : IAsyncDisposable
{
    private readonly LoopbackListener listener;
    private readonly Func<string, bool> passes;
    private readonly int behind;

    public BreakingProxy(Func<string, bool> passes, int behind)
    {
        (this.passes, this.behind) = (passes, behind);
        listener = new LoopbackListener(ServeAsync);
    }

    public int Port => listener.Port;

    public ValueTask DisposeAsync() => listener.DisposeAsync();

    private async Task ServeAsync(Socket client, CancellationToken stop)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, behind, stop);
                var forth = PassAsync(client, server, passes, stop);
                var back = PassAsync(server, client, _ => true, stop);
                if (await Task.WhenAny(forth, back) == forth && await forth)
                    client.LingerState = new LingerOption(enable: true, seconds: 0);
                // Closed while it is still listened to, it would be reset as well, and a client of TLS loses the server's last words by that.
                else
                    client.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The server is gone, or the test is over: so is the connection to it.
            }
        }
    }

    /// <returns>Whether something came that may not pass.</returns>
    private static async Task<bool> PassAsync(Socket from, Socket to, Func<string, bool> may, CancellationToken stop)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, SocketFlags.None, stop) is > 0 and var read)
            {
                if (!may(Encoding.Latin1.GetString(buffer, 0, read)))
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
