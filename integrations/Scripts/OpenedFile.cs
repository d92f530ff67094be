using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Integrations.Scripts;

/// <summary>A file that somebody else has left, opened so that nothing it may be holds us up: a pipe without a writer, too.</summary>
internal sealed partial class OpenedFile : IDisposable
{
    // open(2): O_RDONLY is 0; these two are the same on all processors that .NET runs on.
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;

    private readonly SafeFileHandle handle;

    private OpenedFile(SafeFileHandle handle) => this.handle = handle;

    /// <summary>Where it lies, all links followed, whatever has become of the path meanwhile: proc(5).</summary>
    public string? RealPath => new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget;

    public bool IsSeekable
    {
        get
        {
            using var stream = new FileStream(new SafeFileHandle(handle.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, 0);
            return stream.CanSeek;
        }
    }

    /// <exception cref="IOException">It is not there, or may not be read.</exception>
    public static OpenedFile Read(string path)
    {
        var opened = new SafeFileHandle(Open(path, NonBlocking | CloseOnExec), ownsHandle: true);
        return opened.IsInvalid ? throw new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())) : new(opened);
    }

    /// <summary>A path with all links followed.</summary>
    public static string RealPathOf(string folder)
    {
        using var opened = Read(folder);
        return opened.RealPath ?? throw new IOException("/proc is not there");
    }

    /// <summary>What is in it, at most so many bytes. Its length is not asked for: somebody may still be writing.</summary>
    public byte[] ToArray(long most)
    {
        using var content = new MemoryStream();
        var piece = new byte[64 * 1024];
        while (content.Length < most && RandomAccess.Read(handle, piece, content.Length) is > 0 and var read)
            content.Write(piece, 0, (int)Math.Min(read, most - content.Length));
        return content.ToArray();
    }

    public void Dispose() => handle.Dispose();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);
}
