using System.Data.Common;
using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <param name="N">From 1, in the order of the run.</param>
internal sealed record OutputRow(string Run, long N, string Step, DateTimeOffset At, string Kind, string Text);

/// <summary>How much a run has written.</summary>
/// <param name="Last">The number of its last line; 0 before the first.</param>
internal sealed record OutputTotal(long Last, long Characters);

/// <summary>Numbered lines that steps wrote. Lines become visible in the order of their numbers, without gaps, whichever node writes them.</summary>
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
        EndedRuns.PruneAsync(store, "output", "n", before, limit, cancel);

    /// <summary>The number of the last line; 0 where there is none.</summary>
    public Task<long> LastAsync(string run, CancellationToken cancel) =>
        store.ReadAsync(
            connection =>
                connection.ExecuteScalarAsync<long>(
                    new CommandDefinition("select coalesce(max(n), 0) from output where run = @run", new { run }, cancellationToken: cancel)
                ),
            cancel
        );

    public Task<OutputTotal> TotalAsync(string run, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
            {
                var (last, characters) = await connection.QuerySingleAsync<(long, long)>(
                    "select coalesce(max(n), 0), coalesce(sum(length(text)), 0) from output where run = @run",
                    new { run }
                );
                return new OutputTotal(last, characters);
            },
            cancel
        );

    /// <summary>Writes lines in their order; the number continues the run's own.</summary>
    /// <exception cref="DbException">Another node wrote lines of the same run at the same moment; nothing was written.</exception>
    public Task AppendAsync(IReadOnlyList<OutputRow> lines, CancellationToken cancel) =>
        store.WriteAsync(
            async (connection, transaction) =>
            {
                var numbered = new List<OutputRow>(lines.Count);
                foreach (var run in lines.GroupBy(line => line.Run, StringComparer.Ordinal))
                {
                    var last = await connection.ExecuteScalarAsync<long?>(
                        "select max(n) from output where run = @Key",
                        new { run.Key },
                        transaction
                    );
                    numbered.AddRange(run.Select((line, i) => line with { N = (last ?? 0) + i + 1 }));
                }

                await (
                    store.Dialect == Dialect.Postgres
                        ? InsertArraysAsync(connection, transaction, numbered, cancel)
                        : connection.ExecuteAsync(
                            "insert into output (run, n, step, at, kind, text) values (@Run, @N, @Step, @At, @Kind, @Text)",
                            numbered.Select(line => new
                            {
                                line.Run,
                                line.N,
                                line.Step,
                                At = Micros.From(line.At),
                                line.Kind,
                                line.Text,
                            }),
                            transaction
                        )
                );
                return 0;
            },
            cancel
        );

    // One round trip, however many lines.
    private static async Task InsertArraysAsync(
        DbConnection connection,
        DbTransaction transaction,
        List<OutputRow> lines,
        CancellationToken cancel
    )
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "insert into output (run, n, step, at, kind, text) select * from unnest($1, $2, $3, $4, $5, $6)";
        foreach (
            var column in (object[])
                [
                    lines.Select(line => line.Run).ToArray(),
                    lines.Select(line => line.N).ToArray(),
                    lines.Select(line => line.Step).ToArray(),
                    lines.Select(line => Micros.From(line.At)).ToArray(),
                    lines.Select(line => line.Kind).ToArray(),
                    lines.Select(line => line.Text).ToArray(),
                ]
        )
        {
            var parameter = command.CreateParameter();
            parameter.Value = column;
            command.Parameters.Add(parameter);
        }

        await command.ExecuteNonQueryAsync(cancel);
    }
}
