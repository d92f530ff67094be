using Dapper;

namespace Bot.Storage;

/// <summary>Every runbook text that a run was ever started with, by its hash: a run keeps its definition through upgrades.</summary>
internal sealed class DefinitionTable(IStore store)
{
    public Task<string?> FindAsync(string hash, CancellationToken cancel) =>
        store.ReadAsync(
            connection => connection.ExecuteScalarAsync<string?>("select text from definitions where hash = @hash", new { hash }),
            cancel
        );

    public Task PutAsync(string hash, string name, string text, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    "insert into definitions (hash, name, text) values (@hash, @name, @text) on conflict (hash) do nothing",
                    new
                    {
                        hash,
                        name,
                        text,
                    },
                    transaction
                ),
            cancel
        );
}
