using System.Text;

namespace Bot.Cli.Runbooks;

/// <summary>Lines of a stream, one at a time; of one that is too long only the beginning is kept.</summary>
internal sealed class BoundedLines(TextReader reader)
{
    public const int MaxLength = 50_000_000;

    private readonly char[] block = new char[16 * 1024];
    private int filled;
    private int at;
    private int number;

    /// <returns>Null after the last.</returns>
    public async ValueTask<Line?> NextAsync(CancellationToken cancel)
    {
        var text = new StringBuilder();
        var cut = false;
        var any = false;
        while (true)
        {
            if (at == filled)
            {
                at = 0;
                filled = await reader.ReadAsync(block, cancel);
                if (filled == 0)
                    return any ? new Line(++number, text.ToString(), cut) : null;
            }

            any = true;
            var end = Array.IndexOf(block, '\n', at, filled - at);
            var taken = (end < 0 ? filled : end) - at;
            var room = Math.Min(taken, MaxLength - text.Length);
            text.Append(block, at, room);
            cut |= room < taken;
            at += taken;
            if (end < 0)
                continue;
            at++;
            return new Line(++number, text.ToString(), cut);
        }
    }

    /// <param name="Number">From 1.</param>
    internal sealed record Line(int Number, string Text, bool WasCut);
}
