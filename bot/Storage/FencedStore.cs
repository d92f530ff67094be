using System.Data.Common;
using Dapper;

namespace Bot.Storage;

/// <summary>
/// The database for whoever holds a lease: each write asks first, in its own transaction, whether the lease is still of that epoch. So a
/// node that was frozen and does not know yet that another one has taken over changes nothing any more, and begins nothing anew.
/// </summary>
internal sealed class FencedStore(IStore store, Lease lease) : IStore
{
    // The lease cannot change hands before the write is committed. SQLite has one writer at a time.
    private readonly string question =
        "select count(*) from (select 1 from leases where name = @Name and owner = @Owner and epoch = @Epoch"
        + (store.Dialect == Dialect.Postgres ? " for share" : "")
        + ") as held";

    public Dialect Dialect => store.Dialect;

    public Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancel) => store.ReadAsync(read, cancel);

    public Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel) =>
        store.WriteAsync(Fenced(write), cancel);

    public Task<T> WriteUnflushedAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel) =>
        store.WriteUnflushedAsync(Fenced(write), cancel);

    private Func<DbConnection, DbTransaction, Task<T>> Fenced<T>(Func<DbConnection, DbTransaction, Task<T>> write) =>
        async (connection, transaction) =>
        {
            var asked = new
            {
                lease.Name,
                lease.Owner,
                lease.Epoch,
            };
            if (await connection.ExecuteScalarAsync<long>(question, asked, transaction) == 0)
                throw new LeaseLostException(lease);
            return await write(connection, transaction);
        };
}

/// <summary>The lease is over, or somebody else's: nothing was written or sent.</summary>
internal sealed class LeaseLostException(Lease lease)
    : Exception($"The lease {lease.Name} of epoch {lease.Epoch} is not {lease.Owner}'s any more; nothing was written or sent.");
