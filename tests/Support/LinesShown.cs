using System.Collections.Concurrent;
using Runbooks.Running;

namespace Tests.Support;

/// <summary>Keeps the lines that steps show, as <c>stream text</c>.</summary>
internal sealed class LinesShown(ConcurrentQueue<string> lines) : IOutputSink
{
    public void Write(string run, string step, string stream, string text) => lines.Enqueue($"{stream} {text}");
}
