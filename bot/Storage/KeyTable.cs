using System.Xml.Linq;
using Dapper;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Bot.Storage;

/// <summary>
/// The keys behind sessions and acknowledge links (Data Protection's key ring), in the database, so that every node accepts
/// what another one issued and a restart signs nobody out.
/// </summary>
internal sealed class KeyTable(IStore store) : IXmlRepository
{
    // The table may hold other keys; these are ours by their name.
    private const string Prefix = "data-protection/";

    // The interface has no asynchronous form; both run at start and at a key's birth, a few times a year.
    public IReadOnlyCollection<XElement> GetAllElements() =>
        store
            .ReadAsync(
                async connection =>
                    (
                        await connection.QueryAsync<string>(
                            "select data from keys where name like @prefix order by name",
                            new { prefix = Prefix + "%" }
                        )
                    )
                        .Select(XElement.Parse)
                        .ToList(),
                CancellationToken.None
            )
            .GetAwaiter()
            .GetResult();

    public void StoreElement(XElement element, string friendlyName) =>
        store
            .WriteAsync(
                (connection, transaction) =>
                    connection.ExecuteAsync(
                        "insert into keys (name, data) values (@name, @data) on conflict (name) do nothing",
                        new { name = Prefix + friendlyName, data = element.ToString(SaveOptions.DisableFormatting) },
                        transaction
                    ),
                CancellationToken.None
            )
            .GetAwaiter()
            .GetResult();
}
