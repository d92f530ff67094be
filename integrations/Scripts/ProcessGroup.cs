using System.Runtime.InteropServices;

namespace Integrations.Scripts;

/// <summary>Signals to a process group.</summary>
internal static partial class ProcessGroup
{
    private const int Kill = 9;

    /// <returns>False if there is nobody left in it.</returns>
    public static bool End(int group) => SendSignal(-group, Kill) == 0;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int pid, int signal);
}
