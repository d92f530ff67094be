using System.Text.Json;
using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <summary>The outbox as pages and doors see it: what waits, what was given up; and what comes into it from no fact.</summary>
internal sealed class EffectTable(IStore store, EffectSignal signal)
{
    public Task<EffectCounts> CountsAsync(DateTimeOffset now, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
            {
                var at = Micros.From(now);
                var pending = await connection.ExecuteScalarAsync<long>("select count(*) from effects where state = 'pending'");
                var overdue = await connection.ExecuteScalarAsync<long>(
                    "select count(*) from effects where state = 'pending' and due <= @at",
                    new { at }
                );
                var oldest = await connection.ExecuteScalarAsync<long?>(
                    "select min(due) from effects where state = 'pending' and due <= @at",
                    new { at }
                );
                var dead = await connection.ExecuteScalarAsync<long>("select count(*) from effects where state = 'dead'");
                return new EffectCounts(pending, overdue, oldest is { } due ? Micros.ToTime(due) : null, dead);
            },
            cancel
        );

    /// <summary>What waits of one kind, in the order of its due times.</summary>
    /// <param name="keys">What the keys begin with; only letters, digits, '-' and '/'.</param>
    public Task<IReadOnlyList<EffectRow>> PendingAsync(string kind, string keys, int limit, CancellationToken cancel) =>
        store.ReadAsync(
            connection =>
                EffectRows.ReadAsync(
                    connection,
                    null,
                    $"select {EffectRows.Columns} from effects where state = 'pending' and kind = @kind and key like @keys order by due, id limit @limit",
                    new
                    {
                        kind,
                        keys = keys + "%",
                        limit,
                    }
                ),
            cancel
        );

    /// <summary>Effects that were given up, newest first.</summary>
    public Task<IReadOnlyList<EffectRow>> DeadAsync(int limit, CancellationToken cancel) =>
        store.ReadAsync(
            connection =>
                EffectRows.ReadAsync(
                    connection,
                    null,
                    $"select {EffectRows.Columns} from effects where state = 'dead' order by ended_at desc limit @limit",
                    new { limit }
                ),
            cancel
        );

    public async Task<EffectRow?> FindAsync(string id, CancellationToken cancel) =>
        await store.ReadAsync(
            connection => EffectRows.ReadAsync(connection, null, $"select {EffectRows.Columns} from effects where id = @id", new { id }),
            cancel
        )
            is [var found, ..]
            ? found
            : null;

    /// <summary>Gives a dead letter another life, due at once.</summary>
    /// <returns>False: it is not (or no longer) a dead letter.</returns>
    public async Task<bool> RetryAsync(string id, DateTimeOffset now, CancellationToken cancel)
    {
        var retried = await store.WriteAsync(
            async (connection, transaction) =>
                await connection.ExecuteAsync(
                    "update effects set state = 'pending', attempts = 0, node = null, leased_until = 0, due = @now, ended_at = null where id = @id and state = 'dead'",
                    new { id, now = Micros.From(now) },
                    transaction
                ) > 0,
            cancel
        );
        if (retried)
            signal.Raise();
        return retried;
    }

    /// <summary>
    /// An effect that comes from no fact, as the firing of a schedule: written once per <paramref name="id"/>, whoever asks.
    /// </summary>
    /// <returns>False: it was written before.</returns>
    public async Task<bool> AddOnceAsync(string id, Effect effect, DateTimeOffset now, CancellationToken cancel)
    {
        var added = await store.WriteAsync(
            async (connection, transaction) =>
                await connection.ExecuteAsync(
                    """
                    insert into effects (id, kind, key, payload, due, created_at, state) values (@id, @Kind, @Key, @payload, @due, @now, 'pending')
                    on conflict (id) do nothing
                    """,
                    new
                    {
                        id,
                        effect.Kind,
                        effect.Key,
                        payload = JsonSerializer.Serialize(effect.Payload, effect.Payload.GetType(), FactJson.Options),
                        due = Micros.From(effect.Due ?? now),
                        now = Micros.From(now),
                    },
                    transaction
                ) > 0,
            cancel
        );
        if (added)
            signal.Raise();
        return added;
    }

    /// <summary>Forgets effects done before a time, a small batch at once.</summary>
    /// <returns>How many went; less than <paramref name="limit"/> when none are left.</returns>
    public Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    "delete from effects where id in (select id from effects where state = 'done' and ended_at < @before order by ended_at limit @limit)",
                    new { before = Micros.From(before), limit },
                    transaction
                ),
            cancel
        );
}
