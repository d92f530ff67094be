using System.Threading.Channels;

namespace Bench;

/// <summary>
/// What the disk allows: writers that each wait until their own record of 500 bytes is on disk, and one flusher that writes
/// whatever has gathered and fsyncs once. No database, no parsing, no decisions.
/// </summary>
internal static class JournalLimit
{
    private const int Record = 500;
    private const int MostAtOnce = 65_536;

    public static async Task<string> RunAsync(int writers, TimeSpan duration, string folder)
    {
        var path = Path.Combine(folder, "journal.bin");
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, options: FileOptions.DeleteOnClose);
        var waiting = Channel.CreateUnbounded<TaskCompletionSource>(new UnboundedChannelOptions { SingleReader = true });
        var flusher = Task.Run(() => FlushAsync(file, waiting.Reader));
        var started = TimeProvider.System.GetTimestamp();
        var took = await Task.WhenAll(
            Enumerable.Range(0, writers).Select(_ => Task.Run(() => WriteAsync(waiting.Writer, started, duration)))
        );
        var elapsed = TimeProvider.System.GetElapsedTime(started);
        waiting.Writer.Complete();
        await flusher;
        double[] all = [.. took.SelectMany(one => one)];
        return Figures.Of(all, elapsed, all.Length);
    }

    private static async Task<List<double>> WriteAsync(ChannelWriter<TaskCompletionSource> journal, long started, TimeSpan duration)
    {
        var took = new List<double>();
        while (TimeProvider.System.GetElapsedTime(started) < duration)
        {
            var begun = TimeProvider.System.GetTimestamp();
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            journal.TryWrite(done);
            await done.Task;
            took.Add(TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds);
        }

        return took;
    }

    private static async Task FlushAsync(Microsoft.Win32.SafeHandles.SafeFileHandle file, ChannelReader<TaskCompletionSource> waiting)
    {
        var block = new byte[Record * MostAtOnce];
        var batch = new List<TaskCompletionSource>(MostAtOnce);
        long at = 0;
        while (await waiting.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < MostAtOnce && waiting.TryRead(out var one))
                batch.Add(one);
            RandomAccess.Write(file, block.AsSpan(0, batch.Count * Record), at);
            RandomAccess.FlushToDisk(file);
            at += batch.Count * Record;
            foreach (var one in batch)
                one.SetResult();
        }
    }
}
