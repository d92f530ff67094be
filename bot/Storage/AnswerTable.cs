using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <summary>What was answered to requests that brought an id; the desk writes them, and looks them up, with its own commit.</summary>
internal sealed class AnswerTable(IStore store)
{
    /// <summary>Forgets answers given before a time, a small batch at once: from then on their ids are new again.</summary>
    /// <returns>How many went; less than <paramref name="limit"/> when none are left.</returns>
    public Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    """
                    delete from answers where (caller, id) in (
                        select caller, id from answers where at < @before order by at limit @limit)
                    """,
                    new { before = Micros.From(before), limit },
                    transaction
                ),
            cancel
        );
}
