using System.Runtime.InteropServices;

namespace Integrations.Scripts;

/// <summary>Signals to a process group.</summary>
internal static partial class ProcessGroup
{
    private const int Kill = 9;
    private const int Terminate = 15;

    /// <summary>Asks it to end: who holds a lock may let it go.</summary>
    public static void Ask(int group) => _ = SendSignal(-group, Terminate);

    public static void End(int group) => _ = SendSignal(-group, Kill);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int pid, int signal);
}
