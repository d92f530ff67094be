using Bot.Log;
using Bot.Storage.Sqlite;

namespace Tests.Storage;

public sealed class SqliteFlushTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-flush-");

    [Fact]
    public async Task Those_who_wait_are_told_in_their_order_and_nobody_is_forgotten_at_the_end()
    {
        var told = new List<int>();
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (var flush = new SqliteFlush(File("wal")))
        {
            for (var i = 0; i < 1000; i++)
            {
                var number = i;
                flush.After(lost =>
                {
                    lost.ShouldBeNull();
                    told.Add(number);
                    if (number == 499)
                        last.SetResult();
                });
            }

            await last.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }

        told.ShouldBe(Enumerable.Range(0, 1000));
    }

    [Fact]
    public async Task After_a_flush_that_failed_nothing_is_promised_any_more()
    {
        // A terminal, a pipe and the null device take no flush: EINVAL.
        using var flush = new SqliteFlush("/dev/null");

        var first = await FlushedAsync(flush);
        var second = await FlushedAsync(flush);

        first.ShouldNotBeNull().MayBeRecorded.ShouldBeTrue();
        first.Message.ShouldContain("restart the bot");
        second.ShouldNotBeNull().MayBeRecorded.ShouldBeTrue();
        Should.Throw<StoreUnavailableException>(flush.MustBeWhole);
    }

    [Fact]
    public async Task Who_comes_when_it_is_closed_is_told_that_it_may_be_recorded()
    {
        var flush = new SqliteFlush(File("wal"));
        flush.Dispose();

        (await FlushedAsync(flush)).ShouldNotBeNull().MayBeRecorded.ShouldBeTrue();
    }

    public void Dispose() => folder.Delete(recursive: true);

    private string File(string name)
    {
        var path = Path.Combine(folder.FullName, name);
        System.IO.File.WriteAllBytes(path, [1, 2, 3]);
        return path;
    }

    private static Task<StoreUnavailableException?> FlushedAsync(SqliteFlush flush)
    {
        // On a thread of its own: the flush cannot wait for itself when the test ends.
        var told = new TaskCompletionSource<StoreUnavailableException?>(TaskCreationOptions.RunContinuationsAsynchronously);
        flush.After(told.SetResult);
        return told.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
