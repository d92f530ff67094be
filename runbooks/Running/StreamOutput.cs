using System.Buffers;
using System.Globalization;
using System.Text;
using Runbooks.Secrets;

namespace Runbooks.Running;

/// <summary>
/// One stream of an attempt. The first half of the limit goes out as it comes. After that bytes only pass through a ring that keeps the
/// last half, which costs next to nothing however much it is, and is turned into lines at the end. Written from any thread; what comes
/// after the end is nobody's any more.
/// </summary>
internal sealed class StreamOutput(string name, int limit, SecretMask mask, TimeProvider time, Action<string, string, DateTimeOffset> line)
{
    /// <summary>For how long a line waits that may end in the middle of a secret.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Lines of each half: a million empty ones are small, but as rows they are not.</summary>
    internal const int MostLines = 50_000;

    /// <summary>Of <see cref="Text"/>, in bytes.</summary>
    internal const int MostText = 64 * 1024;

    // Small enough that a piece of nothing but line breaks does not exceed the number of lines by much.
    private const int Piece = 4 * 1024;

    private readonly ArrayBufferWriter<byte> beginning = new();
    private readonly LinePipe head = new(mask, 0, time, (text, at) => line(name, text, at));

    // A secret that reaches over the cut is found by what lies before it.
    private readonly TailBuffer last = new(Math.Max(1, limit / 2) + Math.Max(mask.Reach, 64));
    private readonly Lock gate = new();
    private ITimer? patience;
    private long total;
    private long shown;
    private bool told;
    private bool ended;
    private bool cut;

    private int Half => Math.Max(1, limit / 2);

    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            if (!ended)
                Take(bytes);
        }
    }

    /// <inheritdoc cref="StepOutput.End"/>
    public void End(bool isCut)
    {
        lock (gate)
        {
            (ended, cut) = (true, isCut);
            patience?.Dispose();
            Finish();
        }
    }

    public string Text()
    {
        lock (gate)
        {
            var text = PlainText.Of(Encoding.UTF8.GetString(beginning.WrittenSpan));
            if (total <= MostText)
                return cut ? text[..mask.Whole(text)] : text;
            return text[..mask.Whole(text)] + " … (cut)";
        }
    }

    /// <returns>The end of the stream, in clear, and whether nothing was before it.</returns>
    public (string Text, bool IsAll) Last(int bytes)
    {
        lock (gate)
        {
            var end = last.ToArray();
            end = end[Math.Max(0, end.Length - bytes)..];
            return (Encoding.UTF8.GetString(end), end.Length == total);
        }
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        total += bytes.Length;
        beginning.Write(bytes[..Math.Min(bytes.Length, MostText - beginning.WrittenCount)]);
        last.Write(bytes);
        if (shown == total - bytes.Length)
            Show(bytes);
        if (told || total - shown <= Half)
            return;
        told = true;
        Tell($"… {name} is longer than its log-limit of {StepOutput.Size(limit)}: its end follows when the step ends …");
    }

    private void Finish()
    {
        var rest = last.ToArray();
        var first = total - rest.Length;
        var from = From(rest, first);
        if (from == shown)
        {
            head.Write(rest.AsSpan((int)(shown - first)));
            Close(head);
            return;
        }

        head.Cut();
        Tell(
            string.Create(
                CultureInfo.InvariantCulture,
                $"… {from - shown:N0} of {total:N0} bytes of {name} cut: log-limit is {StepOutput.Size(limit)} …"
            )
        );
        var end = new LinePipe(mask, (int)(from - first), time, (text, at) => line(name, text, at));
        end.Write(rest);
        Close(end);
    }

    private void Close(LinePipe pipe)
    {
        if (cut)
            pipe.Cut();
        else
            pipe.Finish();
    }

    private void Tell(string text) => line(StepOutput.Info, text, time.GetUtcNow());

    private void Hasten()
    {
        lock (gate)
        {
            patience?.Dispose();
            patience = null;
            if (!ended)
                head.Hasten();
        }
    }

    private void Show(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && shown < Half && head.Lines < MostLines)
        {
            var piece = bytes[..(int)Math.Min(Math.Min(Half - shown, Piece), bytes.Length)];
            if (head.Write(piece))
                patience ??= time.CreateTimer(_ => Hasten(), null, Patience, Timeout.InfiniteTimeSpan);
            shown += piece.Length;
            bytes = bytes[piece.Length..];
        }
    }

    // Where the kept end begins: not before the half of the limit, with not too many lines, and at the beginning of a line if one is near.
    private long From(ReadOnlySpan<byte> rest, long first)
    {
        var from = (int)(Math.Max(shown, total - Half) - first);
        var lines = 0;
        for (var at = rest.Length - 2; at >= from; at--)
        {
            if (rest[at] is not (byte)'\n' || ++lines < MostLines)
                continue;
            from = at + 1;
            break;
        }

        var near = rest.Slice(from, Math.Min(Piece, rest.Length - from)).IndexOf((byte)'\n');
        return first + from == shown || near < 0 || from + near + 1 == rest.Length ? first + from : first + from + near + 1;
    }
}
