using System.Security.Cryptography;
using Dapper;

namespace Bot.Storage;

/// <param name="MediaType">As <c>image/png</c>.</param>
internal sealed record FileRow(string MediaType, byte[] Content);

/// <summary>Files of incidents by their content; a fact on the incident's stream names each.</summary>
internal sealed class FileTable(IStore store)
{
    /// <summary>Keeps it before the fact that names it is recorded; the same again is the same file.</summary>
    /// <returns>SHA-256 of the content, in hex.</returns>
    public async Task<string> PutAsync(int incident, string mediaType, byte[] content, CancellationToken cancel)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));
        await store.WriteUnflushedAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    """
                    insert into incident_files (incident, hash, media_type, content) values (@incident, @hash, @mediaType, @content)
                    on conflict (incident, hash) do nothing
                    """,
                    new
                    {
                        incident,
                        hash,
                        mediaType,
                        content,
                    },
                    transaction
                ),
            cancel
        );
        return hash;
    }

    public Task<FileRow?> FindAsync(int incident, string hash, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
                await connection.QueryFirstOrDefaultAsync<(string MediaType, byte[] Content)?>(
                    "select media_type, content from incident_files where incident = @incident and hash = @hash",
                    new { incident, hash }
                )
                    is { } row
                    ? new FileRow(row.MediaType, row.Content)
                    : null,
            cancel
        );
}
