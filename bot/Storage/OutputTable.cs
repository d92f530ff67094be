using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <param name="N">From 1, in the order of the run.</param>
internal sealed record OutputRow(string Run, long N, string Step, DateTimeOffset At, string Kind, string Text);

/// <summary>Numbered lines that steps wrote.</summary>
internal sealed class OutputTable(IStore store)
{
    public Task<IReadOnlyList<OutputRow>> ReadAsync(string run, long after, int limit, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
                (IReadOnlyList<OutputRow>)
                    [
                        .. (
                            await connection.QueryAsync<(long N, string Step, long At, string Kind, string Text)>(
                                "select n, step, at, kind, text from output where run = @run and n > @after order by n limit @limit",
                                new
                                {
                                    run,
                                    after,
                                    limit,
                                }
                            )
                        ).Select(row => new OutputRow(run, row.N, row.Step, Micros.ToTime(row.At), row.Kind, row.Text)),
                    ],
            cancel
        );

    /// <summary>Forgets lines of runs that ended before a time, a small batch at once.</summary>
    /// <returns>How many went; less than <paramref name="limit"/> when none are left.</returns>
    public Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    // Runs that ended before then began before then: their ids bound the walk.
                    """
                    delete from output where (run, n) in (
                        select output.run, output.n from output join runs on runs.id = output.run
                        where output.run < @first and runs.is_over and runs.ended_at < @before
                        order by output.run, output.n limit @limit)
                    """,
                    new
                    {
                        first = "run-" + SystemIds.FirstOf(before),
                        before = Micros.From(before),
                        limit,
                    },
                    transaction
                ),
            cancel
        );

    /// <summary>Writes lines in their order; the number continues the run's own.</summary>
    public Task AppendAsync(IReadOnlyList<OutputRow> lines, CancellationToken cancel) =>
        store.WriteAsync(
            async (connection, transaction) =>
            {
                foreach (var run in lines.GroupBy(line => line.Run, StringComparer.Ordinal))
                {
                    var n = await connection.ExecuteScalarAsync<long?>(
                        "select max(n) from output where run = @Key",
                        new { run.Key },
                        transaction
                    );
                    foreach (var line in run)
                    {
                        n = (n ?? 0) + 1;
                        await connection.ExecuteAsync(
                            "insert into output (run, n, step, at, kind, text) values (@Run, @n, @Step, @at, @Kind, @Text)",
                            new
                            {
                                line.Run,
                                n,
                                line.Step,
                                at = Micros.From(line.At),
                                line.Kind,
                                line.Text,
                            },
                            transaction
                        );
                    }
                }

                return 0;
            },
            cancel
        );
}
