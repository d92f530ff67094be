using System.Net.Sockets;

namespace Tests.Servers;

/// <summary>What a target does to a caller that means well: none of it ends by itself before the caller has had enough.</summary>
internal static class Misbehaving
{
    /// <summary>More than any caller may take.</summary>
    public const long Gigabyte = 1_073_741_824;

    public static Task StaySilentAsync(CancellationToken stop) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);

    /// <summary>A byte a second, and then nothing.</summary>
    public static async Task TrickleAsync(Socket socket, ReadOnlyMemory<byte> answer, CancellationToken stop)
    {
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1), TimeProvider.System);
        for (var at = 0; at < answer.Length; at++)
        {
            await socket.SendAsync(answer.Slice(at, 1), SocketFlags.None, stop);
            await second.WaitForNextTickAsync(stop);
        }

        await StaySilentAsync(stop);
    }

    /// <param name="first">How the answer begins.</param>
    /// <param name="block">What comes after that, again and again.</param>
    /// <param name="said">Told how many bytes the caller has taken with each block.</param>
    public static async Task FloodAsync(
        Socket socket,
        ReadOnlyMemory<byte> first,
        ReadOnlyMemory<byte> block,
        CancellationToken stop,
        Action<int>? said = null
    )
    {
        await SendAsync(first);
        for (long sent = 0; sent < Gigabyte; sent += block.Length)
            await SendAsync(block);

        async Task SendAsync(ReadOnlyMemory<byte> bytes)
        {
            for (var rest = bytes; rest.Length > 0; )
            {
                var taken = await socket.SendAsync(rest, SocketFlags.None, stop);
                said?.Invoke(taken);
                rest = rest[taken..];
            }
        }
    }

    public static async Task ResetAsync(Socket socket, ReadOnlyMemory<byte> half, CancellationToken stop)
    {
        await socket.SendAsync(half, SocketFlags.None, stop);
        await TcpTarget.ResetAsync(socket);
    }
}
