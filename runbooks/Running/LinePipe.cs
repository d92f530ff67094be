using System.Text;
using Runbooks.Secrets;

namespace Runbooks.Running;

/// <summary>Bytes in, lines out: decoded (what is not UTF-8 becomes U+FFFD), freed of control characters, masked, and cut to lines that a page can show.</summary>
/// <param name="skip">So many bytes at the beginning are looked at and not given out.</param>
/// <param name="line">Takes each line, and when it came.</param>
internal sealed class LinePipe(SecretMask mask, int skip, TimeProvider time, Action<string, DateTimeOffset> line)
{
    /// <summary>In characters; what is longer becomes more lines.</summary>
    internal const int LongestLine = 16 * 1024;

    private const int Piece = 4 * 1024;

    private readonly Decoder decoder = Encoding.UTF8.GetDecoder();
    private readonly PlainText plain = new();
    private readonly StringBuilder text = new();
    private readonly StringBuilder shown = new();
    private readonly StringBuilder open = new();
    private readonly char[] letters = new char[Encoding.UTF8.GetMaxCharCount(Piece)];

    // Ends of lines that came and are not given out yet, and when.
    private readonly Queue<(int Count, DateTimeOffset At)> ends = new();
    private int given;
    private MaskStream? masked;
    private DateTimeOffset latest;

    public int Lines { get; private set; }

    /// <returns>Whether a line is held back that has come as a whole.</returns>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        latest = time.GetUtcNow();
        if (masked is null)
        {
            // How many characters the skipped bytes are is known once they are read.
            var before = new StringBuilder();
            Read(bytes[..skip], before);
            masked = mask.Stream(before.Length);
            masked.Write(before.ToString(), shown);
            bytes = bytes[skip..];
        }

        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(Piece, bytes.Length)];
            bytes = bytes[piece.Length..];
            text.Clear();
            Read(piece, text);
            foreach (var chunk in text.GetChunks())
            {
                if (chunk.Span.Count('\n') is > 0 and var count)
                    ends.Enqueue((count, latest));
                masked.Write(chunk.Span, shown);
            }

            Split();
        }

        var held = masked.WriteLines(patient: true, shown);
        Split();
        return held;
    }

    /// <summary>What is held back has waited long enough.</summary>
    public void Hasten()
    {
        masked?.WriteLines(patient: false, shown);
        Split();
    }

    /// <summary>The stream is over.</summary>
    public void Finish()
    {
        masked?.Finish(shown);
        Rest();
    }

    /// <summary>The stream goes on, but not here.</summary>
    public void Cut()
    {
        masked?.Cut(shown);
        Rest();
    }

    private void Read(ReadOnlySpan<byte> bytes, StringBuilder into)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(Piece, bytes.Length)];
            bytes = bytes[piece.Length..];
            plain.Write(letters.AsSpan(0, decoder.GetChars(piece, letters, flush: false)), into);
        }
    }

    private void Split()
    {
        foreach (var chunk in shown.GetChunks())
        {
            var rest = chunk.Span;
            while (rest.IndexOf('\n') is var end && end >= 0)
            {
                Add(rest[..end]);
                Give(Ended());
                rest = rest[(end + 1)..];
            }

            Add(rest);
        }

        shown.Clear();
    }

    private void Add(ReadOnlySpan<char> part)
    {
        while (open.Length + part.Length > LongestLine)
        {
            var length = LongestLine - open.Length;
            // The two halves of a character stay together.
            if (length > 0 && char.IsHighSurrogate(part[length - 1]))
                length--;
            open.Append(part[..length]);
            part = part[length..];
            Give(ends.TryPeek(out var end) ? end.At : latest);
        }

        open.Append(part);
    }

    private void Rest()
    {
        Split();
        if (open.Length > 0)
            Give(latest);
    }

    // A mask leaves all line breaks, so that they can be counted.
    private DateTimeOffset Ended()
    {
        var (count, at) = ends.Peek();
        if (++given == count)
        {
            ends.Dequeue();
            given = 0;
        }

        return at;
    }

    private void Give(DateTimeOffset at)
    {
        Lines++;
        line(open.ToString(), at);
        open.Clear();
    }
}
