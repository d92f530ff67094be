using System.Net;
using System.Net.Sockets;

namespace Tests.Servers;

/// <summary>A name server that answers a question by UDP as it likes, and whoever then comes by TCP, too.</summary>
internal sealed class HostileNameServer : IAsyncDisposable
{
    private readonly LoopbackListener tcp;
    private readonly UdpClient udp;
    private readonly CancellationTokenSource stop = new();
    private readonly Func<byte[], byte[]?> answer;
    private readonly Task serving;

    /// <param name="answer">Null: it says nothing.</param>
    /// <param name="then">What it does with a connection once the question is there; null: it resets it.</param>
    public HostileNameServer(Func<byte[], byte[]?> answer, Func<Socket, CancellationToken, Task>? then = null)
    {
        this.answer = answer;
        tcp = new LoopbackListener(
            async (socket, stopped) =>
            {
                using (socket)
                {
                    try
                    {
                        await socket.ReceiveAsync(new byte[512], SocketFlags.None, stopped);
                        await (then?.Invoke(socket, stopped) ?? TcpTarget.ResetAsync(socket));
                    }
                    catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
                    {
                        // The caller has had enough, or the test is over.
                    }
                }
            }
        );
        udp = new UdpClient(new IPEndPoint(IPAddress.Loopback, tcp.Port));
        serving = ServeAsync();
    }

    public string Address => $"127.0.0.1:{tcp.Port}";

    /// <summary>A good answer, 192.0.2.7, with these words of its head and this name before its record.</summary>
    public static byte[] Answer(byte[] question, ushort id, byte flags = 0x81, ushort count = 1, params byte[] name)
    {
        var end = Array.IndexOf(question, (byte)0, 12) + 5;
        byte[] record = [.. name.Length > 0 ? name : [0xC0, 12], 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7];
        byte[] head = [(byte)(id >> 8), (byte)id, flags, 0x80, 0, 1, (byte)(count >> 8), (byte)count, 0, 0, 0, 0];
        return [.. head, .. question.AsSpan(12, end - 12), .. record];
    }

    public static ushort Id(byte[] question) => (ushort)(question[0] << 8 | question[1]);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await serving;
        udp.Dispose();
        await tcp.DisposeAsync();
        stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var question = await udp.ReceiveAsync(stop.Token);
                if (answer(question.Buffer) is { } said)
                    await udp.SendAsync(said, question.RemoteEndPoint, stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
