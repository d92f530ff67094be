using System.Globalization;
using System.Text;

namespace Tests.Support;

/// <summary>Finds what a run's scripts left running, in whatever process group: every child inherits the run's id.</summary>
internal static class Leftovers
{
    /// <returns>Process ids, without those that have ended and are not collected yet.</returns>
    public static IReadOnlyList<int> Of(string run) => [.. Find($"\0INCIDENT_RUN={run}\0")];

    /// <summary>Of whatever run, among the scripts whose environment has this entry.</summary>
    public static IReadOnlyList<int> With(string name, string value) => [.. Find($"\0{name}={value}\0")];

    private static IEnumerable<int> Find(string entry)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                continue;
            if (Has(folder, entry))
                yield return pid;
        }
    }

    private static bool Has(string folder, string entry)
    {
        try
        {
            // Empty for a zombie: proc_pid_environ(5).
            return ("\0" + Encoding.UTF8.GetString(File.ReadAllBytes(folder + "/environ"))).Contains(entry, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked, or is somebody else's.
            return false;
        }
    }
}
