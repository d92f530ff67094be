using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <param name="Epoch">Grows with every change of hands: the fencing token.</param>
/// <param name="Until">By the database's clock.</param>
internal sealed record Lease(string Name, string Owner, long Epoch, DateTimeOffset Until);

/// <summary>Who holds what, and until when by the database's clock. Outside the log: a heartbeat is no fact.</summary>
internal sealed class LeaseTable(IStore store)
{
    /// <summary>Whether there may be other processes on the database, which take over what is not held any more.</summary>
    public bool HasOthers => store.Dialect == Dialect.Postgres;

    /// <summary>Takes a lease that is free, over, or already the owner's; null while somebody else holds it.</summary>
    /// <param name="held">Also one that still runs, if it is the owner's.</param>
    public Task<Lease?> TakeAsync(string name, string owner, TimeSpan length, CancellationToken cancel, bool held = true) =>
        store.WriteAsync(
            (connection, transaction) =>
                One(
                    connection.QueryAsync<(string, string, long, long)>(
                        $"""
                        insert into leases (name, owner, epoch, until) values (@name, @owner, 1, {store.Dialect.Now} + @length)
                        on conflict (name) do update set owner = excluded.owner, epoch = leases.epoch + 1, until = excluded.until
                          where leases.until < {store.Dialect.Now} {(held ? "or leases.owner = excluded.owner" : "")}
                        returning name, owner, epoch, until
                        """,
                        new
                        {
                            name,
                            owner,
                            length = (long)length.TotalMicroseconds,
                        },
                        transaction
                    )
                ),
            cancel
        );

    /// <returns>False if it is no longer this epoch's.</returns>
    public Task<bool> RenewAsync(Lease lease, TimeSpan length, CancellationToken cancel) =>
        store.WriteAsync(
            async (connection, transaction) =>
                await connection.ExecuteAsync(
                    $"update leases set until = {store.Dialect.Now} + @length where name = @Name and owner = @Owner and epoch = @Epoch",
                    new
                    {
                        lease.Name,
                        lease.Owner,
                        lease.Epoch,
                        length = (long)length.TotalMicroseconds,
                    },
                    transaction
                ) == 1,
            cancel
        );

    /// <summary>Gives it back at once, so that others need not wait for its end.</summary>
    public Task ReleaseAsync(Lease lease, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    "update leases set until = 0 where name = @Name and owner = @Owner and epoch = @Epoch",
                    new
                    {
                        lease.Name,
                        lease.Owner,
                        lease.Epoch,
                    },
                    transaction
                ),
            cancel
        );

    /// <summary>
    /// Forgets nodes that are gone: they gave their lease back, or it ran out long ago, and nothing is theirs any more that another
    /// node would look for by their name.
    /// </summary>
    /// <param name="gone">Since a lease ran out.</param>
    /// <returns>How many went.</returns>
    public Task<int> PruneNodesAsync(TimeSpan gone, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    $"""
                    delete from leases where name like '{NodeLease.Prefix}%' and until < {store.Dialect.Now} - case when until = 0 then 0 else @gone end
                    and not exists (select 1 from runs where runs.node = leases.owner and not runs.is_over)
                    and not exists (select 1 from effects where effects.node = leases.owner and effects.state = 'pending')
                    """,
                    new { gone = (long)gone.TotalMicroseconds },
                    transaction
                ),
            cancel
        );

    /// <summary>All but the rows by which nodes prove that they can write.</summary>
    public Task<IReadOnlyList<Lease>> ListAsync(CancellationToken cancel) => ListAsync("where name not like 'probe/%'", cancel);

    /// <summary>Leases whose time is over by the database's clock.</summary>
    public Task<IReadOnlyList<Lease>> ExpiredAsync(CancellationToken cancel) => ListAsync($"where until < {store.Dialect.Now}", cancel);

    private Task<IReadOnlyList<Lease>> ListAsync(string condition, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
                (IReadOnlyList<Lease>)
                    [
                        .. (
                            await connection.QueryAsync<(string, string, long, long)>(
                                $"select name, owner, epoch, until from leases {condition} order by name"
                            )
                        ).Select(Read),
                    ],
            cancel
        );

    private static async Task<Lease?> One(Task<IEnumerable<(string, string, long, long)>> rows) =>
        (await rows).Select(Read).FirstOrDefault();

    private static Lease Read((string Name, string Owner, long Epoch, long Until) row) =>
        new(row.Name, row.Owner, row.Epoch, Micros.ToTime(row.Until));
}
