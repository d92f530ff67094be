using System.Runtime.InteropServices;

namespace Integrations.Scripts;

/// <summary>Signals to a process group.</summary>
internal static partial class ProcessGroup
{
    private const int Kill = 9;

    public static void End(int group) => _ = SendSignal(-group, Kill);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int pid, int signal);
}
