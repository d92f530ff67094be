using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <param name="Name">Of the runbook, or of a file that is none.</param>
/// <param name="FirstAt">When it was drilled for the first time: since then it is known.</param>
/// <param name="Rot">How many findings.</param>
/// <param name="Report">JSON.</param>
internal sealed record DrillRow(string Name, DateTimeOffset FirstAt, DateTimeOffset At, int Rot, string Report);

/// <summary>The last drill of each runbook.</summary>
internal sealed class DrillTable(IStore store)
{
    public Task<IReadOnlyList<DrillRow>> ListAsync(CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
                (IReadOnlyList<DrillRow>)
                    [
                        .. (
                            await connection.QueryAsync<(string Name, long FirstAt, long At, int Rot, string Report)>(
                                new CommandDefinition(
                                    "select name, first_at, at, rot, report from drills order by name",
                                    cancellationToken: cancel
                                )
                            )
                        ).Select(row => new DrillRow(row.Name, Micros.ToTime(row.FirstAt), Micros.ToTime(row.At), row.Rot, row.Report)),
                    ],
            cancel
        );

    /// <summary>Since when a runbook is known.</summary>
    /// <returns>Null: it was never drilled.</returns>
    public async Task<DateTimeOffset?> FirstAsync(string name, CancellationToken cancel) =>
        await store.ReadAsync(
            connection => connection.ExecuteScalarAsync<long?>("select first_at from drills where name = @name", new { name }),
            cancel
        )
            is { } at
            ? Micros.ToTime(at)
            : null;

    public Task PutAsync(string name, DateTimeOffset at, int rot, string report, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    """
                    insert into drills (name, first_at, at, rot, report) values (@name, @at, @at, @rot, @report)
                    on conflict (name) do update set at = excluded.at, rot = excluded.rot, report = excluded.report
                    """,
                    new
                    {
                        name,
                        at = Micros.From(at),
                        rot,
                        report,
                    },
                    transaction
                ),
            cancel
        );

    /// <summary>Forgets all others: their files are gone.</summary>
    public Task KeepAsync(IReadOnlyList<string> names, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    "delete from drills where not (name " + (store.Dialect == Dialect.Postgres ? "= any(@names))" : "in @names)"),
                    new { names = names.ToArray() },
                    transaction
                ),
            cancel
        );
}
