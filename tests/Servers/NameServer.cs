using System.Net;
using System.Net.Sockets;

namespace Tests.Servers;

/// <summary>A name server (RFC 1035) that knows one name: <c>shop.example</c> is 192.0.2.7.</summary>
internal sealed class NameServer : IDisposable
{
    private readonly UdpClient udp = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource stop = new();
    private readonly bool fails;
    private int queries;
    private int updates;

    /// <param name="fails">Whatever it is asked, it says that it cannot tell (SERVFAIL).</param>
    public NameServer(bool fails = false)
    {
        this.fails = fails;
        _ = ServeAsync();
    }

    public string Address => $"127.0.0.1:{((IPEndPoint)udp.Client.LocalEndPoint!).Port}";

    /// <summary>Standard queries that came (opcode 0).</summary>
    public int Queries => Volatile.Read(ref queries);

    /// <summary>Whatever else came, as dynamic updates (RFC 2136, opcode 5).</summary>
    public int Updates => Volatile.Read(ref updates);

    public void Dispose()
    {
        stop.Cancel();
        udp.Dispose();
        stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var question = await udp.ReceiveAsync(stop.Token);
                Interlocked.Increment(ref (question.Buffer[2] >> 3 & 0xF) == 0 ? ref queries : ref updates);
                await udp.SendAsync(Answer(question.Buffer), question.RemoteEndPoint, stop.Token);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private byte[] Answer(byte[] question)
    {
        var end = Array.IndexOf(question, (byte)0, 12) + 5;
        var known = !fails && question.AsSpan(12).StartsWith("\x04shop"u8);
        byte[] record = known ? [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7] : [];
        byte[] head =
        [
            question[0],
            question[1],
            0x81,
            (byte)(
                0x80
                | (
                    fails ? 2
                    : known ? 0
                    : 3
                )
            ),
            0,
            1,
            0,
            (byte)(known ? 1 : 0),
            0,
            0,
            0,
            0,
        ];
        return [.. head, .. question.AsSpan(12, end - 12), .. record];
    }
}
