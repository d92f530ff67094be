using System.Net;
using System.Net.Sockets;

namespace Tests.Servers;

/// <summary>Takes connections on a free loopback port, each served on its own, until it is disposed; then it waits for those under way.</summary>
internal sealed class LoopbackListener : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Func<Socket, CancellationToken, Task> serve;
    private readonly Task accepting;

    /// <param name="serve">Closes the connection; its token ends with the listener.</param>
    public LoopbackListener(Func<Socket, CancellationToken, Task> serve)
    {
        this.serve = serve;
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
                serving.Add(serve(await listener.AcceptSocketAsync(stop.Token), stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                break;
            }
        }

        await Task.WhenAll(serving);
    }
}
