using System.Runtime.Versioning;

// The servers that the tests start are Debian's.
[assembly: SupportedOSPlatform("linux")]

namespace Tests.Support;

internal static class Executable
{
    /// <summary>Writes a script that can be run.</summary>
    public static void Write(string path, string script)
    {
        File.WriteAllText(path, script);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
