using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Web;

/// <summary>
/// Which calls and results of a run a page or a document shows. A run may hold many megabytes of them: what is beyond the room is named with its size and
/// where it is.
/// </summary>
internal static class ShownResults
{
    private const int Room = 1_000_000;

    /// <returns>Paths of the steps whose outputs stand apart.</returns>
    public static HashSet<string> Apart(IEnumerable<OutlineStep> lines)
    {
        var apart = new HashSet<string>(StringComparer.Ordinal);
        long shown = 0;
        foreach (var (path, size) in lines.Select(line => (line.Path, line.State?.OutputsSize ?? 0)))
        {
            // The first one is always shown: there must be a place for each.
            if (shown > 0 && shown + size > Room)
                apart.Add(path);
            else
                shown += size;
        }

        return apart;
    }

    /// <summary>What the last attempts of the steps were told to do, by path.</summary>
    /// <returns>Null for one that stands apart.</returns>
    public static Dictionary<string, string?> Calls(WholeCalls whole, RunbookSet? books, RunState run, IEnumerable<OutlineStep> lines)
    {
        var calls = new Dictionary<string, string?>(StringComparer.Ordinal);
        long shown = 0;
        // What a step that waits is about stands where people are asked.
        foreach (var path in lines.Where(line => line.State is { Wait: null, Attempts.Count: > 0 }).Select(line => line.Path))
        {
            if (shown > Room)
                calls[path] = null;
            else if (whole.Made(books, run, path) is { } made)
                shown += (calls[path] = WholeText.Of([made]))!.Length;
        }

        return calls;
    }

    public static string QueryOf(string step) => "step=" + Uri.EscapeDataString(step);
}
