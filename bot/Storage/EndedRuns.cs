using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <summary>What belongs to runs and is forgotten some time after they have ended.</summary>
internal static class EndedRuns
{
    /// <summary>Forgets rows of runs that ended before a time, a small batch at once, the oldest run's first.</summary>
    /// <param name="table">One with a column <c>run</c>.</param>
    /// <param name="rest">The columns that are its primary key together with <c>run</c>, in that order.</param>
    /// <returns>How many went; less than <paramref name="limit"/> when none are left.</returns>
    public static Task<int> PruneAsync(
        IStore store,
        string table,
        string rest,
        DateTimeOffset before,
        int limit,
        CancellationToken cancel
    ) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    // Runs that ended before then began before then: their ids bound the walk.
                    $"""
                    delete from {table} where (run, {rest}) in (
                        select run, {rest} from {table}
                        where run < @first and exists (select 1 from runs where id = run and is_over and ended_at < @before)
                        order by run, {rest} limit @limit)
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
}
