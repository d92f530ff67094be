using System.Globalization;
using System.Text;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Integrations.Ssh;

/// <summary>Takes one stream of a command line by line as it comes; keeps its beginning and a little of its end, shows all of it.</summary>
/// <param name="mask">Where a text is cut, no half of a secret is left that nobody would know again.</param>
internal sealed class RemoteLines(Action<string> show, SecretMask mask)
{
    private const int Kept = 64 * 1024;
    private const int LongestLine = 16 * 1024;

    // Where a longer line is cut, so much is held back: what is ours is never cut in two.
    private const int LongestMark = 128;

    // The client takes in all that comes, however far behind we are: a host may write faster than anybody can mask and show. Beyond the
    // first so much is left out that the second is left; our own word of the end is the last, and among it.
    private const int MostBehind = 8_000_000;
    private const int LeastBehind = 1_000_000;
    private readonly StringBuilder text = new();
    private readonly StringBuilder end = new();
    private readonly int look = Runbooks.Running.ExitReason.Look(mask);
    private bool hasMore;
    private bool isOthers;
    private long taken;
    private Stream? source;

    /// <summary>Bytes that were read so far.</summary>
    public long Taken => Interlocked.Read(ref taken);

    /// <summary>Whether something has come that was not read yet.</summary>
    public bool IsBehind => source is { } stream && Behind(stream) > 0;

    public string Text
    {
        get
        {
            lock (text)
            {
                var kept = text.ToString();
                return kept.Length < Kept ? kept : kept[..mask.Whole(kept)];
            }
        }
    }

    /// <inheritdoc cref="StepOutput.ExitReason"/>
    public string ExitReason(int code)
    {
        lock (text)
            return Runbooks.Running.ExitReason.Of(code, end.ToString(), !hasMore, mask);
    }

    /// <summary>From its next line on it is not the command that writes, but who is left of it: that says nothing of why it ended.</summary>
    public void LeaveToOthers() => isOthers = true;

    /// <summary>Ends with the stream. Its reads block, so it has a thread of its own.</summary>
    /// <param name="own">What of a line is the command's; null: nothing. What is ours may follow what it wrote without an end of line.</param>
    public Task ReadAsync(Stream stream, Func<string, string?> own)
    {
        source = stream;
        return Task.Factory.StartNew(
            () => Read(stream, own),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    private void Read(Stream stream, Func<string, string?> own)
    {
        var decoder = Encoding.UTF8.GetDecoder();
        var bytes = new byte[8 * 1024];
        var chars = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        var line = new StringBuilder();
        var astray = 0;
        int read;
        while ((read = Next(stream, bytes)) > 0)
        {
            Interlocked.Add(ref taken, read);
            if (LeaveOut(stream, bytes) is > 0 and var left)
            {
                show(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{left:N0} bytes that came faster than they could be shown are left out here"
                    )
                );
                line.Clear();
                astray = LongestLine;
                continue;
            }

            foreach (var one in chars.AsSpan(0, decoder.GetChars(bytes.AsSpan(0, read), chars, flush: false)))
            {
                // What begins in the middle of a line may begin in the middle of a secret.
                if (astray > 0)
                {
                    astray = one is '\n' ? 0 : astray - 1;
                    continue;
                }

                if (one is '\n')
                {
                    Tell(line.ToString(), own, ended: true);
                    line.Clear();
                    continue;
                }

                if (line.Length > 0 && line.Length % LongestLine == 0)
                {
                    var whole = mask.Whole(line.ToString(0, line.Length - LongestMark));
                    Tell(line.ToString(0, whole), own, ended: false);
                    line.Remove(0, whole);
                }

                line.Append(one);
            }
        }

        // A stream ends in the middle of a line only where it was cut: our own word stands behind the command's last one.
        var rest = line.ToString();
        if (rest.Length > 0)
            Tell(rest[..mask.Whole(rest)], own, ended: false);
    }

    private void Tell(string line, Func<string, string?> own, bool ended)
    {
        var whole = line.TrimEnd('\r');
        var theirs = isOthers;
        if (own(whole) is not { } said)
            return;
        var broken = ended && said.Length == whole.Length ? "\n" : "";
        lock (text)
        {
            if (text.Length < Kept)
                text.Append(said.AsSpan(0, Math.Min(said.Length, Kept - text.Length))).Append(broken);
            if (!theirs)
                end.Append(said).Append(broken);
            // Not with each line.
            if (end.Length > 2 * look)
            {
                hasMore = true;
                end.Remove(0, end.Length - look);
            }
        }

        show(said);
    }

    private long LeaveOut(Stream stream, byte[] bytes)
    {
        long left = 0;
        if (Behind(stream) < MostBehind)
            return left;
        while (Behind(stream) > LeastBehind && Next(stream, bytes) is > 0 and var read)
            left += read;
        Interlocked.Add(ref taken, left);
        return left;
    }

    private static long Behind(Stream stream)
    {
        try
        {
            return stream.Length;
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    private static int Next(Stream stream, byte[] bytes)
    {
        try
        {
            return stream.Read(bytes, 0, bytes.Length);
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }
}
