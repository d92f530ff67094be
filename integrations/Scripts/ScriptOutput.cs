using System.Text;
using Runbooks.Running;

namespace Integrations.Scripts;

/// <summary>One stream of a script: lines go out live up to the limit, then only the last ones are kept, and the cut is said.</summary>
internal sealed class ScriptOutput(ScriptCall call, string stream)
{
    private const int LongestLine = 16 * 1024;

    private readonly Queue<string> tail = new();
    private readonly StringBuilder text = new();
    private long written;
    private long tailLength;
    private long dropped;

    // The first half of the limit is shown as it comes, the second half holds the end.
    private int Half => Math.Max(1, call.LogLimit / 2);

    /// <summary>Ends when nobody holds the other end any more, or with what has come when it is cancelled.</summary>
    public async Task ReadAsync(StreamReader reader, CancellationToken cancel)
    {
        var line = new StringBuilder();
        var buffer = new char[4096];
        while (await NextAsync(reader, buffer, cancel) is > 0 and var read)
        {
            foreach (var letter in buffer.AsMemory(0, read).ToArray())
            {
                if (letter is '\n' || line.Length >= LongestLine)
                {
                    Take(line.ToString().TrimEnd('\r'));
                    line.Clear();
                }

                if (letter is not '\n')
                    line.Append(letter);
            }
        }

        if (line.Length > 0)
            Take(line.ToString());
    }

    public void End()
    {
        if (dropped > 0)
            call.Output("info", $"… {dropped} characters of {stream} cut: log-limit is {call.LogLimit} bytes …");
        foreach (var line in tail)
            call.Output(stream, line);
    }

    public string Text(int limit) => text.Length <= limit ? text.ToString() : text.ToString(0, limit) + " … (cut)";

    private static async Task<int> NextAsync(StreamReader reader, char[] buffer, CancellationToken cancel)
    {
        try
        {
            return await reader.ReadAsync(buffer, cancel);
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
    }

    private void Take(string line)
    {
        if (text.Length < 64 * 1024)
            text.Append(line).Append('\n');
        if (written + line.Length <= Half)
        {
            written += line.Length + 1;
            call.Output(stream, line);
            return;
        }

        written = Half + 1;
        tail.Enqueue(line);
        tailLength += line.Length + 1;
        while (tailLength > Half && tail.Count > 1)
        {
            var gone = tail.Dequeue().Length + 1;
            tailLength -= gone;
            dropped += gone;
        }
    }
}
