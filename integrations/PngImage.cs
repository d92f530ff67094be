using System.Buffers.Binary;
using System.IO.Compression;

namespace Integrations;

/// <summary>A picture of few colours, written as PNG (W3C PNG, third edition): palette, eight bits a pixel, one zlib stream.</summary>
/// <param name="palette">RGB of each colour, at most 256; the first is the background.</param>
public sealed class PngImage(int width, int height, IReadOnlyList<(byte Red, byte Green, byte Blue)> palette)
{
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];
    private static readonly uint[] Remainders = [.. Enumerable.Range(0, 256).Select(Remainder)];

    private readonly byte[] pixels = new byte[width * height];

    public int Width => width;

    public int Height => height;

    /// <summary>Colours one pixel; outside of the picture nothing happens.</summary>
    public void Set(int x, int y, int color)
    {
        if (x >= 0 && x < width && y >= 0 && y < height)
            pixels[(y * width) + x] = (byte)color;
    }

    /// <summary>A straight line (Bresenham), so many pixels thick.</summary>
    public void Line(int fromX, int fromY, int toX, int toY, int color, int thick = 1)
    {
        var (stepX, stepY) = (Math.Sign(toX - fromX), Math.Sign(toY - fromY));
        var (runX, runY) = (Math.Abs(toX - fromX), -Math.Abs(toY - fromY));
        for (var error = runX + runY; ; )
        {
            for (var wide = 0; wide < thick; wide++)
                Set(fromX, fromY + wide, color);
            if (fromX == toX && fromY == toY)
                return;
            var twice = 2 * error;
            if (twice >= runY)
            {
                error += runY;
                fromX += stepX;
            }

            if (twice <= runX)
            {
                error += runX;
                fromY += stepY;
            }
        }
    }

    public byte[] Encode()
    {
        using var png = new MemoryStream();
        png.Write(Signature);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        // Bit depth 8, colour type 3: indexed.
        (header[8], header[9]) = (8, 3);
        Chunk(png, "IHDR"u8, header);
        Chunk(png, "PLTE"u8, [.. palette.SelectMany(color => new[] { color.Red, color.Green, color.Blue })]);
        Chunk(png, "IDAT"u8, Compressed());
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private byte[] Compressed()
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (var row = 0; row < height; row++)
            {
                // Filter 0: as it is.
                zlib.WriteByte(0);
                zlib.Write(pixels, row * width, width);
            }
        }

        return packed.ToArray();
    }

    private static void Chunk(MemoryStream png, ReadOnlySpan<byte> type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Sum(Sum(uint.MaxValue, type), data));
        png.Write(number);
    }

    // CRC-32 as PNG has it (ISO 3309).
    private static uint Sum(uint sum, ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes)
            sum = Remainders[(byte)(sum ^ one)] ^ (sum >> 8);
        return sum;
    }

    private static uint Remainder(int value)
    {
        var sum = (uint)value;
        for (var bit = 0; bit < 8; bit++)
            sum = (sum & 1) == 0 ? sum >> 1 : 0xEDB88320 ^ (sum >> 1);
        return sum;
    }
}
