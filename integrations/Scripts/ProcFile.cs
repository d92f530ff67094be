using System.Globalization;
using System.Text;

namespace Integrations.Scripts;

/// <summary>What <c>/proc</c> says of processes: proc(5).</summary>
internal static class ProcFile
{
    /// <summary>Start time in clock ticks since boot, or null if there is no such process.</summary>
    public static long? StartTicks(int pid) => Read(pid)?.StartTicks;

    /// <summary>
    /// The process groups of a session in which somebody is alive. A script has as many as it makes: <c>timeout</c> begins one, and so does
    /// each job of a shell under <c>set -m</c>.
    /// </summary>
    public static HashSet<int> GroupsOf(int session) => [.. All().Where(one => one.Session == session).Select(one => one.Group)];

    /// <summary>Who is alive in a session, and was born no earlier than its leader.</summary>
    public static IEnumerable<ProcEntry> Of(int session, long sinceTicks) =>
        All().Where(one => one.Session == session && one.StartTicks >= sinceTicks);

    /// <summary>
    /// Who is of a script: its session, those with all of this in their environment, whom these started, and who is of a
    /// session that one of them began. One that left the session with an environment of its own is known only while its parents live.
    /// </summary>
    public static HashSet<ProcEntry> Family(int session, long sinceTicks, params IReadOnlyList<string> variables)
    {
        var others = All().Where(one => one.StartTicks >= sinceTicks).ToList();
        var family = new Dictionary<int, ProcEntry>();
        var sessions = new HashSet<int> { session };
        while (others.RemoveAll(Joins) > 0)
            continue;
        return [.. family.Values];

        bool Joins(ProcEntry one)
        {
            if (!sessions.Contains(one.Session) && !family.ContainsKey(one.Parent) && Bears(one.Pid, variables) is not true)
                return false;
            sessions.Add(one.Session);
            family.Add(one.Pid, one);
            return true;
        }
    }

    /// <summary>All that are alive.</summary>
    public static IEnumerable<ProcEntry> All() =>
        Directory
            .EnumerateDirectories("/proc")
            .Select(folder =>
                int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? Read(pid) : null
            )
            .OfType<ProcEntry>();

    private static ProcEntry? Read(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            // The name in brackets may hold blanks and brackets of its own; the fields after the last one are plain.
            var (begin, end) = (stat.IndexOf('('), stat.LastIndexOf(')'));
            var fields = stat[(end + 2)..].Split(' ');
            return fields[0] is "Z" or "X"
                ? null
                : new ProcEntry(
                    pid,
                    stat[(begin + 1)..end],
                    Number(1),
                    Number(2),
                    Number(3),
                    long.Parse(fields[19], CultureInfo.InvariantCulture)
                );

            int Number(int field) => int.Parse(fields[field], CultureInfo.InvariantCulture);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked.
            return null;
        }
    }

    /// <summary>Whether all of this is in its environment; null: that is another account's, and not to be read.</summary>
    public static bool? Bears(int pid, IReadOnlyList<string> variables)
    {
        try
        {
            var environment = "\0" + Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/environ"));
            return variables.All(variable => environment.Contains($"\0{variable}\0", StringComparison.Ordinal));
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
        catch (IOException)
        {
            // It ended while we looked.
            return false;
        }
    }
}

/// <summary>A process; the start time makes it one of a kind, since pids are used again.</summary>
internal sealed record ProcEntry(int Pid, string Name, int Parent, int Group, int Session, long StartTicks)
{
    /// <summary>It may have called another program, gone to another group or lost its parent since: it is still the same.</summary>
    public bool Equals(ProcEntry? other) => other is not null && (Pid, StartTicks) == (other.Pid, other.StartTicks);

    public override int GetHashCode() => HashCode.Combine(Pid, StartTicks);
}
