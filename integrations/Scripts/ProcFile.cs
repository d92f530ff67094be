using System.Globalization;
using System.Text;

namespace Integrations.Scripts;

/// <summary>What <c>/proc</c> says of a process: proc(5).</summary>
internal static class ProcFile
{
    /// <summary>Start time in clock ticks since boot, or null if there is no such process.</summary>
    public static long? StartTicks(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            // The name in brackets may hold blanks and brackets of its own; the fields after the last one are plain.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether any process of the group is alive.</summary>
    public static bool GroupLives(int group)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out _))
                continue;
            try
            {
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                if (fields[0] is not ("Z" or "X") && int.Parse(fields[2], CultureInfo.InvariantCulture) == group)
                    return true;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // It ended while we looked.
                continue;
            }
        }

        return false;
    }

    /// <summary>Processes that were started since, with all of this in their environment.</summary>
    public static IReadOnlyList<(int Pid, string Name)> Bearing(long sinceTicks, params IReadOnlyList<string> variables)
    {
        var found = new List<(int, string)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (
                !int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                || !(StartTicks(pid) >= sinceTicks)
            )
                continue;
            try
            {
                var environment = "\0" + Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder, "environ")));
                if (variables.All(variable => environment.Contains($"\0{variable}\0", StringComparison.Ordinal)))
                    found.Add((pid, File.ReadAllText(Path.Combine(folder, "comm")).TrimEnd()));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // It ended while we looked, or is somebody else's.
                continue;
            }
        }

        return found;
    }
}
