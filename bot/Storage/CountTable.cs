using System.Threading.Channels;
using Dapper;

namespace Bot.Storage;

/// <summary>Counts by key, for <c>core/count@1</c>. Increments that arrive together share one transaction.</summary>
internal sealed class CountTable
{
    private readonly IStore store;
    private readonly Channel<Increment> lane = Channel.CreateUnbounded<Increment>(new UnboundedChannelOptions { SingleReader = true });
    private int writing;

    public CountTable(IStore store) => this.store = store;

    /// <returns>The count with this one, durable.</returns>
    public Task<long> IncrementAsync(string key, CancellationToken cancel)
    {
        var increment = new Increment(key, new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously));
        lane.Writer.TryWrite(increment);
        if (Interlocked.CompareExchange(ref writing, 1, 0) == 0)
            _ = WriteAllAsync();
        return increment.Done.Task.WaitAsync(cancel);
    }

    private async Task WriteAllAsync()
    {
        while (true)
        {
            // Let those who are about to ask join: their steps were committed together a moment ago.
            await Task.Yield();
            var batch = new List<Increment>();
            while (batch.Count < 512 && lane.Reader.TryRead(out var next))
                batch.Add(next);
            if (batch.Count > 0)
                await WriteAsync(batch);
            else if (Rest())
                return;
        }
    }

    private bool Rest()
    {
        Volatile.Write(ref writing, 0);
        return lane.Reader.Count == 0 || Interlocked.CompareExchange(ref writing, 1, 0) != 0;
    }

    private async Task WriteAsync(List<Increment> batch)
    {
        // One order of keys on every node, so that two batches never wait for each other.
        var sums = batch.GroupBy(one => one.Key, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
        try
        {
            var totals = await store.WriteAsync(
                async (connection, transaction) =>
                {
                    var counts = new List<long>(sums.Count);
                    foreach (var sum in sums)
                    {
                        counts.Add(
                            await connection.ExecuteScalarAsync<long>(
                                "insert into counts (key, count) values (@Key, @by) on conflict (key) do update set count = counts.count + @by returning count",
                                new { sum.Key, by = sum.Count() },
                                transaction
                            )
                        );
                    }

                    return counts;
                },
                CancellationToken.None
            );
            for (var i = 0; i < sums.Count; i++)
            {
                var count = totals[i] - sums[i].Count();
                foreach (var one in sums[i])
                    one.Done.TrySetResult(++count);
            }
        }
        catch (Exception fault)
        {
            foreach (var one in batch)
                one.Done.TrySetException(fault);
        }
    }

    private sealed record Increment(string Key, TaskCompletionSource<long> Done);
}
