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
