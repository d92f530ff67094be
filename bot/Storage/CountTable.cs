using System.Collections.Concurrent;
using System.Data.Common;
using Dapper;

namespace Bot.Storage;

/// <summary>Counts by key, for <c>core/count@1</c>. Increments that arrive together share one transaction.</summary>
internal sealed class CountTable
{
    private readonly IStore store;
    private readonly ConcurrentQueue<Increment> lane = new();
    private int writing;
    private DbCommand? kept;

    public CountTable(IStore store) => this.store = store;

    /// <returns>The count with this one. It outlives the process; what the log records of it later never outlives it.</returns>
    public Task<long> IncrementAsync(string key, CancellationToken cancel)
    {
        var increment = new Increment(key, new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously));
        lane.Enqueue(increment);
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
            while (batch.Count < 512 && lane.TryDequeue(out var next))
                batch.Add(next);
            if (batch.Count > 0)
                await WriteAsync(batch);
            else if (Rest())
                return;
        }
    }

    // Who came after the last look found somebody writing, and went away.
    private bool Rest()
    {
        Interlocked.Exchange(ref writing, 0);
        return lane.IsEmpty || Interlocked.CompareExchange(ref writing, 1, 0) != 0;
    }

    private async Task WriteAsync(List<Increment> batch)
    {
        // One order of keys on every node, so that two batches never wait for each other.
        var sums = batch.GroupBy(one => one.Key, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
        try
        {
            var totals = await store.WriteUnflushedAsync(
                (connection, transaction) => AddAsync(connection, transaction, [.. sums.Select(sum => (sum.Key, sum.Count()))]),
                CancellationToken.None
            );
            for (var i = 0; i < sums.Count; i++)
            {
                var count = totals[sums[i].Key] - sums[i].Count();
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

    private async Task<Dictionary<string, long>> AddAsync(
        DbConnection connection,
        DbTransaction transaction,
        IReadOnlyList<(string Key, int More)> sums
    )
    {
        // One round trip where there is a network between.
        if (store.Dialect == Dialect.Postgres)
        {
            var totals = await connection.QueryAsync<(string Key, long Count)>(
                """
                insert into counts (key, count) select * from unnest(@keys, @more)
                on conflict (key) do update set count = counts.count + excluded.count returning key, count
                """,
                new { keys = sums.Select(sum => sum.Key).ToArray(), more = sums.Select(sum => sum.More).ToArray() },
                transaction
            );
            return totals.ToDictionary(total => total.Key, total => total.Count, StringComparer.Ordinal);
        }

        var add = Prepared(connection, transaction);
        var counts = new Dictionary<string, long>(sums.Count, StringComparer.Ordinal);
        foreach (var (key, more) in sums)
        {
            add.Parameters[0].Value = key;
            add.Parameters[1].Value = more;
            counts[key] = (long)(await add.ExecuteScalarAsync())!;
        }

        return counts;
    }

    // SQLite has one writing connection: the statement is kept for as long as that is.
    private DbCommand Prepared(DbConnection connection, DbTransaction transaction)
    {
        if (kept?.Connection != connection)
        {
            kept?.Dispose();
            kept = connection.CreateCommand();
            kept.CommandText =
                "insert into counts (key, count) values (@key, @more) on conflict (key) do update set count = counts.count + excluded.count returning count";
            foreach (var name in new[] { "@key", "@more" })
            {
                var parameter = kept.CreateParameter();
                parameter.ParameterName = name;
                kept.Parameters.Add(parameter);
            }
        }

        kept.Transaction = transaction;
        return kept;
    }

    private sealed record Increment(string Key, TaskCompletionSource<long> Done);
}
