using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tests.Servers;

/// <summary>Stands in front of a real server and passes on what the client says, until something may not pass: then both sides are reset, and the server does not hear it.</summary>
internal sealed class BreakingProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Func<string, bool> passes;
    private readonly int behind;
    private readonly Task accepting;

    public BreakingProxy(Func<string, bool> passes, int behind)
    {
        (this.passes, this.behind) = (passes, behind);
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting;
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                serving.Add(ServeAsync(await listener.AcceptSocketAsync(stop.Token)));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                break;
            }
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            await server.ConnectAsync(IPAddress.Loopback, behind, stop.Token);
            await Task.WhenAny(PassAsync(client, server, passes), PassAsync(server, client, _ => true));
            client.LingerState = new LingerOption(enable: true, seconds: 0);
        }
    }

    private async Task PassAsync(Socket from, Socket to, Func<string, bool> may)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, SocketFlags.None, stop.Token) is > 0 and var read)
            {
                if (!may(Encoding.Latin1.GetString(buffer, 0, read)))
                    return;
                await to.SendAsync(buffer.AsMemory(0, read), SocketFlags.None, stop.Token);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two hung up.
        }
    }
}
