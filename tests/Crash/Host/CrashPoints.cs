using System.Diagnostics;
using System.Globalization;

namespace Tests.Crash.Host;

/// <summary>
/// Named moments of runs: before and after each commit, before and after each outward call. Each is written down as it passes;
/// at the armed one the process dies.
/// </summary>
/// <param name="armed">A file: the name of a point, or <c>+3</c> for the third from now on; read at each point, so that a running process can be armed.</param>
/// <param name="passed">A file: one line per point.</param>
internal sealed class CrashPoints(string armed, string passed)
{
    public const string ArmedVariable = "CRASH_ARMED";
    public const string PassedVariable = "CRASH_PASSED";

    /// <summary>Before the name of a point: the process is only stopped there, and goes on when somebody wakes it.</summary>
    public const string Stop = "stop ";

    private const string Repeat = " (time ";

    private readonly Lock gate = new();
    private readonly Dictionary<(string Run, string Name), int> times = [];
    private string last = "";
    private int since;

    /// <summary>Whether a run has passed it before.</summary>
    public static bool IsRepeat(string point) => point.Contains(Repeat, StringComparison.Ordinal);

    public void Pass(string run, string name)
    {
        lock (gate)
        {
            var time = times[(run, name)] = times.GetValueOrDefault((run, name)) + 1;
            var full = time == 1 ? name : $"{name}{Repeat}{time})";
            File.AppendAllText(passed, full + "\n");
            var order = Order();
            if (order == full || order == $"+{since}")
            {
                if (IsMine())
                    Process.GetCurrentProcess().Kill();
            }
            else if (order == Stop + full && IsMine())
            {
                StopHere();
            }
        }
    }

    private static void StopHere()
    {
        using var signal = Process.Start("kill", ["-STOP", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)]);
        signal.WaitForExit();
    }

    private string Order()
    {
        var now = Read();
        since = now == last ? since + 1 : 1;
        return last = now;
    }

    private string Read()
    {
        try
        {
            return File.ReadAllText(armed);
        }
        catch (FileNotFoundException)
        {
            return "";
        }
    }

    // Of several processes that pass the point one dies.
    private bool IsMine()
    {
        try
        {
            File.Move(armed, armed + "-fired", overwrite: true);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }
}
