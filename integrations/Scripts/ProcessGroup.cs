using System.Runtime.InteropServices;

namespace Integrations.Scripts;

/// <summary>Signals to a process group.</summary>
internal static partial class ProcessGroup
{
    private const int Kill = 9;
    private const int Terminate = 15;

    /// <summary>Asks it to end: who holds a lock may let it go.</summary>
    /// <inheritdoc cref="End"/>
    public static bool Ask(int group) => SendSignal(-group, Terminate) == 0;

    /// <returns>False if there is nobody left in it.</returns>
    public static bool End(int group) => SendSignal(-group, Kill) == 0;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int pid, int signal);
}
