using System.Collections.Concurrent;
using Runbooks.Running;

namespace Tests.Support;

/// <summary>Keeps the lines that steps show, as <c>stream text</c>.</summary>
/// <param name="times">When each came.</param>
internal sealed class LinesShown(ConcurrentQueue<string> lines, ConcurrentQueue<DateTimeOffset?>? times = null) : IOutputSink
{
    public void Write(string run, string step, string stream, string text, DateTimeOffset? at = null)
    {
        lines.Enqueue($"{stream} {text}");
        times?.Enqueue(at);
    }
}
