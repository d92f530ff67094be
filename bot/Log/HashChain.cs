using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Bot.Log;

/// <summary>
/// The hash of a stream: H(n) = SHA-256(H(n-1) ‖ header(n) ‖ SHA-256(data(n))). It covers the hash of the data, not the data,
/// so that a leaked secret can be redacted later and the chain still verifies.
/// </summary>
internal static class HashChain
{
    public const int Size = SHA256.HashSizeInBytes;

    public static byte[] Start { get; } = new byte[Size];

    /// <param name="previous">The hash of the event before it in the stream, or <see cref="Start"/>.</param>
    /// <param name="data">The exact UTF-8 bytes that are stored.</param>
    public static byte[] Next(
        ReadOnlySpan<byte> previous,
        string stream,
        long version,
        string type,
        long happenedAtMicros,
        long recordedAtMicros,
        string actor,
        ReadOnlySpan<byte> data
    )
    {
        Span<byte> buffer = stackalloc byte[1024];
        var length = Size;
        previous.CopyTo(buffer);
        var text = stream.Length + type.Length + actor.Length;
        if (text * 3 > buffer.Length - (2 * Size) - 64)
        {
            buffer = new byte[(2 * Size) + 64 + (text * 3)];
            previous.CopyTo(buffer);
        }

        BinaryPrimitives.WriteInt64BigEndian(buffer[length..], version);
        BinaryPrimitives.WriteInt64BigEndian(buffer[(length + 8)..], happenedAtMicros);
        BinaryPrimitives.WriteInt64BigEndian(buffer[(length + 16)..], recordedAtMicros);
        length += 24;
        length += Text(stream, buffer[length..]);
        length += Text(type, buffer[length..]);
        length += Text(actor, buffer[length..]);
        SHA256.HashData(data, buffer[length..]);
        return SHA256.HashData(buffer[..(length + Size)]);
    }

    // Length first, so that no two different headers run together to the same bytes.
    private static int Text(string text, Span<byte> into)
    {
        var written = Encoding.UTF8.GetBytes(text, into[4..]);
        BinaryPrimitives.WriteInt32BigEndian(into, written);
        return written + 4;
    }
}
