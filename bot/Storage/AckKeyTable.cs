using System.Security.Cryptography;
using Bot.Paging;
using Dapper;

namespace Bot.Storage;

/// <summary>The key of acknowledge links, made once and shared by all nodes through the database.</summary>
internal sealed class AckKeyTable(IStore store)
{
    private const string Name = "ack-links";
    private AckLinks? links;

    public async Task<AckLinks> LinksAsync(CancellationToken cancel)
    {
        if (links is not null)
            return links;
        var mine = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        // Two nodes may start together: whoever comes first made the key, both read it.
        var kept = await store.WriteAsync(
            async (connection, transaction) =>
            {
                await connection.ExecuteAsync(
                    "insert into keys (name, data) values (@Name, @mine) on conflict (name) do nothing",
                    new { Name, mine },
                    transaction
                );
                return await connection.ExecuteScalarAsync<string>("select data from keys where name = @Name", new { Name }, transaction);
            },
            cancel
        );
        return links = new AckLinks(Convert.FromBase64String(kept!));
    }
}
