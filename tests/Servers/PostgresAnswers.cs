using System.Buffers.Binary;

namespace Tests.Servers;

/// <summary>Messages of a PostgreSQL (https://www.postgresql.org/docs/current/protocol-message-formats.html), to be said by somebody who is none.</summary>
internal static class PostgresAnswers
{
    private const int Text = 25;

    /// <summary>Parsed, bound, and rows of one column follow.</summary>
    public static byte[] Begin { get; } =
    [
        .. Message('1', []),
        .. Message('2', []),
        .. Message('T', [0, 1, (byte)'x', 0, 0, 0, 0, 0, 0, 0, .. Number(Text), 255, 255, 255, 255, 255, 255, 0, 0]),
    ];

    /// <summary>Let in, and ready for a statement, without a word of itself that each PostgreSQL says in between.</summary>
    public static byte[] LetIn { get; } = [.. Message('R', Number(0)), .. Message('Z', "I"u8.ToArray())];

    public static byte[] Row(int length) => Message('D', [0, 1, .. Number(length), .. Filled(length)]);

    /// <summary>A row whose only value is said to have this length, up to where the value begins.</summary>
    public static byte[] RowOf(int length) => [(byte)'D', .. Number(length + 10), 0, 1, .. Number(length)];

    /// <summary>An error of this length, up to where its words begin.</summary>
    public static byte[] ErrorOf(int length) => [(byte)'E', .. Number(length), (byte)'S'];

    public static byte[] Filled(int length)
    {
        var filled = new byte[length];
        Array.Fill(filled, (byte)'x');
        return filled;
    }

    private static byte[] Message(char kind, byte[] content) => [(byte)kind, .. Number(content.Length + 4), .. content];

    private static byte[] Number(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }
}
