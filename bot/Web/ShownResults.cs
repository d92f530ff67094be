using Runbooks.Planning;

namespace Bot.Web;

/// <summary>
/// Which results of a run a page or a document shows. A run may hold many megabytes of them: what is beyond the room is named with its size and
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

    public static string QueryOf(string step) => "step=" + Uri.EscapeDataString(step);
}
