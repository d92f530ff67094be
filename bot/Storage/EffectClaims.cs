using System.Data.Common;
using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <summary>
/// The outbox as those see it who carry it out. Whole keys are claimed, never single rows: only the first pending effect of a
/// key, by due time and id, can be claimed, and only while none of that key is leased; so their order holds across nodes. Leases
/// are measured by the database's clock, due times by the caller's.
/// </summary>
internal sealed class EffectClaims(IStore store)
{
    // A list parameter is an array in PostgreSQL; elsewhere Dapper writes it out.
    private string In(string list) => store.Dialect == Dialect.Postgres ? $"= any({list})" : $"in {list}";

    private string Claimable =>
        $"""
            e.state = 'pending' and e.due <= @now and e.leased_until <= {store.Dialect.Now} and e.kind {In("@kinds")}
            and not exists (
                select 1 from effects p
                where p.key = e.key and p.state = 'pending' and p.id <> e.id
                and (p.due < e.due or (p.due = e.due and p.id < e.id) or p.leased_until > {store.Dialect.Now}))
            """;

    public Task<bool> AnyClaimableAsync(string[] kinds, DateTimeOffset now, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
                await connection.ExecuteScalarAsync<long?>(
                    $"select 1 from effects e where {Claimable} limit 1",
                    new { now = Micros.From(now), kinds }
                )
                    is not null,
            cancel
        );

    /// <summary>Writes the ends of earlier claims and takes new ones, in one short transaction.</summary>
    /// <param name="ends">An end whose claim was taken over meanwhile changes nothing.</param>
    /// <returns>The claimed effects, one per key at most, in the order of their due times.</returns>
    public Task<IReadOnlyList<EffectRow>> TurnAsync(
        string node,
        IReadOnlyList<EffectEnd> ends,
        string[] kinds,
        DateTimeOffset now,
        int limit,
        TimeSpan lease,
        CancellationToken cancel
    ) =>
        store.WriteAsync(
            async (connection, transaction) =>
            {
                if (ends.Count > 0)
                    await EndAsync(connection, transaction, node, ends, now);
                return limit > 0 ? await ClaimAsync(connection, transaction, node, kinds, now, limit, lease) : [];
            },
            cancel
        );

    /// <summary>How long until something may become claimable; null while nothing is pending.</summary>
    /// <param name="now">The time of the last look, so that nothing falls between the two.</param>
    public Task<TimeSpan?> NextAsync(DateTimeOffset now, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
            {
                var at = Micros.From(now);
                var due = await connection.ExecuteScalarAsync<long?>(
                    "select min(due) from effects where state = 'pending' and due > @at",
                    new { at }
                );
                var lease = await connection.ExecuteScalarAsync<long?>(
                    $"select min(leased_until) - {store.Dialect.Now} from effects where state = 'pending' and due <= @at and leased_until > {store.Dialect.Now} - 100000",
                    new { at }
                );
                var wait = (due - at, lease) switch
                {
                    ({ } one, { } other) => Math.Min(one, other),
                    ({ } one, null) => one,
                    (null, { } other) => other,
                    _ => (long?)null,
                };
                return wait is { } micros ? TimeSpan.FromMicroseconds(Math.Max(0, micros)) : (TimeSpan?)null;
            },
            cancel
        );

    /// <summary>Holds a claim for longer than claims are held.</summary>
    /// <returns>False: it is somebody else's by now.</returns>
    public Task<bool> ExtendAsync(EffectRow effect, TimeSpan lease, CancellationToken cancel) =>
        store.WriteAsync(
            async (connection, transaction) =>
                await connection.ExecuteAsync(
                    $"""
                    update effects set leased_until = {store.Dialect.Now} + @lease
                    where id = @id and epoch = @epoch and state = 'pending'
                    """,
                    new
                    {
                        id = effect.Id,
                        epoch = effect.Epoch,
                        lease = (long)lease.TotalMicroseconds,
                    },
                    transaction
                ) == 1,
            cancel
        );

    /// <summary>Gives back what a node holds: it is shutting down, or an earlier process of that name died.</summary>
    /// <param name="node">Null: everybody's, for a database that only one process can have open.</param>
    public Task<int> ReleaseAsync(string? node, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    "update effects set leased_until = 0, epoch = epoch + 1 where state = 'pending' and node is not null and leased_until > 0"
                        + (node is null ? "" : " and node = @node"),
                    new { node },
                    transaction
                ),
            cancel
        );

    /// <summary>
    /// Gives up what nobody of this version can carry out, so that it holds up nothing of its key: after a while, in which a
    /// node of a newer version beside this one would have taken it.
    /// </summary>
    /// <param name="before">Only what was due before.</param>
    /// <returns>How many were given up.</returns>
    public Task<int> BuryUnknownAsync(string[] kinds, DateTimeOffset before, DateTimeOffset now, CancellationToken cancel)
    {
        var condition = $"state = 'pending' and due <= @before and leased_until <= {store.Dialect.Now} and not (kind {In("@kinds")})";
        var arguments = new
        {
            kinds,
            before = Micros.From(before),
            now = Micros.From(now),
        };
        return ChangeAnyAsync(
            condition,
            "state = 'dead', ended_at = @now, outcome = 'nothing in this version carries out ' || kind",
            arguments,
            cancel
        );
    }

    /// <summary>Frees what nodes hold whose lease is over: they are dead or cut off, and their epochs are passed.</summary>
    /// <returns>How many effects may be claimed anew.</returns>
    public Task<int> TakeFromDeadAsync(CancellationToken cancel)
    {
        var condition = $"""
            state = 'pending' and node is not null and leased_until > {store.Dialect.Now}
            and node in (select owner from leases where name like 'node:%' and until < {store.Dialect.Now})
            """;
        return ChangeAnyAsync(condition, "node = null, leased_until = 0, epoch = epoch + 1", null, cancel);
    }

    // Seldom is there anything to change, and only then is it worth a turn at writing.
    private async Task<int> ChangeAnyAsync(string condition, string change, object? arguments, CancellationToken cancel)
    {
        var any = await store.ReadAsync(
            connection => connection.ExecuteScalarAsync<long?>($"select 1 from effects where {condition} limit 1", arguments),
            cancel
        );
        return any is null
            ? 0
            : await store.WriteAsync(
                (connection, transaction) =>
                    connection.ExecuteAsync($"update effects set {change} where {condition}", arguments, transaction),
                cancel
            );
    }

    private async Task EndAsync(
        DbConnection connection,
        DbTransaction transaction,
        string node,
        IReadOnlyList<EffectEnd> ends,
        DateTimeOffset now
    )
    {
        // Where there is a network between, all of them are one round trip.
        if (store.Dialect == Dialect.Postgres)
        {
            await connection.ExecuteAsync(
                $"""
                update effects set {Ended("ended.state", "ended.outcome", "ended.retry")}
                from unnest(@ids, @epochs, @states, @outcomes, @retries) as ended(id, epoch, state, outcome, retry)
                where effects.id = ended.id and effects.epoch = ended.epoch and effects.node = @node and effects.state = 'pending'
                """,
                new
                {
                    ids = ends.Select(end => end.Id).ToArray(),
                    epochs = ends.Select(end => end.Epoch).ToArray(),
                    states = ends.Select(end => end.State).ToArray(),
                    outcomes = ends.Select(end => end.Outcome).ToArray(),
                    retries = ends.Select(end => (long)end.RetryAfter.TotalMicroseconds).ToArray(),
                    node,
                    now = Micros.From(now),
                },
                transaction
            );
            return;
        }

        await connection.ExecuteAsync(
            $"update effects set {Ended("@state", "@outcome", "@retry")} where id = @id and node = @node and epoch = @epoch and state = 'pending'",
            ends.Select(end => new
            {
                state = end.State,
                outcome = end.Outcome,
                retry = (long)end.RetryAfter.TotalMicroseconds,
                id = end.Id,
                node,
                epoch = end.Epoch,
                now = Micros.From(now),
            }),
            transaction
        );
    }

    private string Ended(string state, string outcome, string retry) =>
        $"""
            state = {state}, outcome = {outcome}, node = null, ended_at = case when {state} = 'pending' then null else @now end,
            leased_until = case when {retry} > 0 then {store.Dialect.Now} + {retry} else 0 end
            """;

    private async Task<IReadOnlyList<EffectRow>> ClaimAsync(
        DbConnection connection,
        DbTransaction transaction,
        string node,
        string[] kinds,
        DateTimeOffset now,
        int limit,
        TimeSpan lease
    )
    {
        var at = Micros.From(now);
        var ids = (
            await connection.QueryAsync<string>(
                $"select e.id from effects e where {Claimable} order by e.due, e.id limit @limit{store.Dialect.SkipLocked}",
                new
                {
                    now = at,
                    kinds,
                    limit,
                },
                transaction
            )
        ).ToArray();
        // Two nodes may have seen different heads of one key (an earlier effect committed in between): the key's own lock lets
        // one of them go on, and the update below looks again, with what has been committed since.
        if (ids.Length > 0 && store.Dialect.SkipLocked.Length > 0)
        {
            ids = (
                await connection.QueryAsync<string>(
                    "select id from effects where id = any(@ids) and pg_try_advisory_xact_lock(hashtextextended(key, 0))",
                    new { ids },
                    transaction
                )
            ).ToArray();
        }

        if (ids.Length == 0)
            return [];
        var claimed = await EffectRows.ReadAsync(
            connection,
            transaction,
            $"""
            update effects as e set node = @node, epoch = e.epoch + 1, attempts = e.attempts + 1, leased_until = {store.Dialect.Now} + @lease
            where e.id {In("@ids")} and {Claimable}
            returning {EffectRows.Columns}
            """,
            new
            {
                node,
                lease = (long)lease.TotalMicroseconds,
                ids,
                now = at,
                kinds,
            }
        );
        return [.. claimed.OrderBy(row => row.Due).ThenBy(row => row.Id, StringComparer.Ordinal)];
    }
}
