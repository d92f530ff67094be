using System.Diagnostics;
using System.Globalization;
using Tests.Support;

namespace Tests.Nodes;

/// <summary>Stops a process in the middle of whatever it does, as a frozen virtual machine would be, and lets it go on.</summary>
internal static class Signals
{
    public static void Suspend(this BotProcess bot) => Send(bot.Id, "-STOP");

    public static void Resume(this BotProcess bot) => Send(bot.Id, "-CONT");

    /// <summary>Has it stop, as systemd does.</summary>
    public static void Terminate(this BotProcess bot) => Send(bot.Id, "-TERM");

    public static void Send(int process, string signal)
    {
        using var kill = Process.Start("kill", [signal, process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        kill.ExitCode.ShouldBe(0);
    }
}
