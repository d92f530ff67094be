using System.Net.Sockets;
using System.Text;

namespace Tests.Servers;

/// <summary>
/// A target below HTTP: takes each request to its last byte, counts it, and then does what a broken network or a dying service
/// does.
/// </summary>
internal sealed class TcpTarget : IAsyncDisposable
{
    private readonly LoopbackListener listener;
    private readonly CancellationTokenSource silence = new();
    private readonly Func<TcpTarget, Socket, Task> then;
    private int connections;
    private int requests;

    /// <param name="then">What it does with the connection after it took the request; afterwards it is closed in good order.</param>
    public TcpTarget(Func<TcpTarget, Socket, Task> then)
    {
        this.then = then;
        listener = new LoopbackListener(ServeAsync);
    }

    public int Port => listener.Port;

    public int Connections => Volatile.Read(ref connections);

    /// <summary>Requests that arrived whole: each may have had its effect.</summary>
    public int Requests => Volatile.Read(ref requests);

    public static TcpTarget Answering(string text) => new((_, socket) => SayAsync(socket, text));

    public static Task SayAsync(Socket socket, string text) =>
        socket.SendAsync(Encoding.ASCII.GetBytes(text.ReplaceLineEndings("\r\n")), SocketFlags.None);

    public static Task ResetAsync(Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
        return Task.CompletedTask;
    }

    /// <summary>Says nothing until the target ends.</summary>
    public Task StaySilentAsync() => new TaskCompletionSource().Task.WaitAsync(silence.Token);

    public async ValueTask DisposeAsync()
    {
        await silence.CancelAsync();
        await listener.DisposeAsync();
        silence.Dispose();
    }

    private async Task ServeAsync(Socket socket, CancellationToken stop)
    {
        Interlocked.Increment(ref connections);
        using (socket)
        {
            try
            {
                await TakeAsync(socket, stop);
                Interlocked.Increment(ref requests);
                await then(this, socket);
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
            {
                // The caller hung up first.
            }
        }
    }

    private async Task TakeAsync(Socket socket, CancellationToken stop)
    {
        var taken = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer, SocketFlags.None, stop);
            if (read == 0)
                throw new IOException("The caller closed before its request was whole.");
            taken.Append(Encoding.Latin1.GetString(buffer, 0, read));
            var text = taken.ToString();
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0 && text.Length - end - 4 >= LengthOf(text[..end]))
                return;
        }
    }

    private static int LengthOf(string head) =>
        head.Split("\r\n")
            .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            .Select(line => int.Parse(line.AsSpan("Content-Length:".Length)))
            .FirstOrDefault();
}
