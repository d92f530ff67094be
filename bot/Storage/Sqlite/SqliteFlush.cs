using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Bot.Log;
using Microsoft.Win32.SafeHandles;

namespace Bot.Storage.Sqlite;

/// <summary>
/// Brings commits to disk beside the writer. The write-ahead log is one file in the order of its commits, so a flush covers all
/// that was committed before it began: while one runs, the next commits are decided and written, and share the next.
/// </summary>
internal sealed partial class SqliteFlush : IDisposable
{
    private readonly SafeFileHandle log;
    private readonly Channel<Action<StoreUnavailableException?>> waiting = Channel.CreateUnbounded<Action<StoreUnavailableException?>>();
    private readonly Thread thread;
    private volatile StoreUnavailableException? failed;

    /// <param name="log">The write-ahead log, for as long as a connection has its database open.</param>
    public SqliteFlush(string log)
    {
        this.log = File.OpenHandle(log, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        thread = new Thread(Run) { IsBackground = true, Name = "flush" };
        thread.Start();
    }

    /// <summary>
    /// After a flush that failed, the system may have dropped what it could not write and calls the next one a success
    /// (fsync(2), "EIO"). So nothing is promised any more until the bot has been started anew and has read what is there.
    /// </summary>
    /// <exception cref="StoreUnavailableException">A flush has failed.</exception>
    public void MustBeWhole()
    {
        if (failed is { } e)
            throw new StoreUnavailableException(e.Message, e);
    }

    /// <summary>Calls back when everything committed so far is on disk, in the order of the calls.</summary>
    /// <param name="then">Short, throws nothing. Its argument is null, or why it may be lost.</param>
    public void After(Action<StoreUnavailableException?> then)
    {
        if (!waiting.Writer.TryWrite(then))
            then(new StoreUnavailableException("The store is closing.") { MayBeRecorded = true });
    }

    public void Dispose()
    {
        if (!waiting.Writer.TryComplete())
            return;
        thread.Join();
        log.Dispose();
    }

    private void Run()
    {
        var covered = new List<Action<StoreUnavailableException?>>();
        while (waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            covered.Clear();
            while (waiting.Reader.TryRead(out var then))
                covered.Add(then);
            Flush();
            foreach (var then in covered)
                then(failed);
        }
    }

    private void Flush()
    {
        if (failed is not null)
            return;
        try
        {
            if (!OperatingSystem.IsLinux())
                RandomAccess.FlushToDisk(log);
            // Without the file's times: a log that is written over from its beginning then needs no commit of the file system's.
            else if (FlushData(log) != 0)
                throw new IOException(new Win32Exception(Marshal.GetLastPInvokeError()).Message);
        }
        catch (IOException e)
        {
            failed = new StoreUnavailableException(
                $"The disk did not take what was written ({e.Message}). Mend it, then restart the bot.",
                e
            )
            {
                MayBeRecorded = true,
            };
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FlushData(SafeFileHandle file);
}
