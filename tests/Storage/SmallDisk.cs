using System.Diagnostics;

namespace Tests.Storage;

/// <summary>A file system of a few megabytes, to be filled and emptied again (tmpfs(5)); needs root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string filler;

    /// <param name="files">How many it can have.</param>
    public SmallDisk(int megabytes, int files = 10_000)
    {
        Folder = Directory.CreateTempSubdirectory("incident-disk-").FullName;
        filler = Path.Combine(Folder, "filler");
        Skip.IfNot(
            Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,nr_inodes={files}", "incident-test", Folder),
            "Mounting a tmpfs needs root."
        );
    }

    public string Folder { get; }

    /// <summary>Takes every byte that is left.</summary>
    public void Fill()
    {
        using var file = new FileStream(filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[64 << 10];
        for (var size = block.Length; size > 0; )
        {
            try
            {
                file.Write(block, 0, size);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    public void Free() => File.Delete(filler);

    public void Dispose()
    {
        Run("umount", "-l", Folder).ShouldBeTrue();
        Directory.Delete(Folder);
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var run = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        run.WaitForExit();
        return run.ExitCode == 0;
    }
}
