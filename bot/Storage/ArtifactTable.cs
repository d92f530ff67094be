using System.Collections.ObjectModel;
using Dapper;
using Runbooks.Running;

namespace Bot.Storage;

/// <summary>
/// Files that runs have left, by run and content; a fact of the run names each. In parts, so that neither a heartbeat nor whoever
/// downloads one has to wait for, or to hold, all of a large one.
/// </summary>
internal sealed class ArtifactTable(IStore store)
{
    public const int Part = 256 * 1024;

    /// <summary>Rows that are forgotten at once: they are large.</summary>
    public const int Batch = 20;

    /// <summary>Keeps it before the fact that names it is recorded; what a process that died has begun is completed.</summary>
    public async Task PutAsync(string run, string hash, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        var part = 0;
        do
        {
            var piece = content[..Math.Min(Part, content.Length)].ToArray();
            content = content[piece.Length..];
            await PutAsync(run, hash, part++, piece, cancel);
        } while (!content.IsEmpty);
    }

    /// <summary>How many bytes the run keeps, by hash.</summary>
    public Task<IReadOnlyDictionary<string, long>> SizesAsync(string run, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
                (IReadOnlyDictionary<string, long>)
                    (
                        await connection.QueryAsync<(string Hash, long Bytes)>(
                            "select hash, cast(sum(length(content)) as bigint) from artifacts where run = @run group by hash",
                            new { run }
                        )
                    ).ToDictionary(row => row.Hash, row => row.Bytes, StringComparer.Ordinal),
            cancel
        );

    /// <summary>The same of a run that is known; nearly all have none.</summary>
    public async Task<IReadOnlyDictionary<string, long>> OfRunAsync(RunState run, CancellationToken cancel) =>
        run.Artifacts.IsEmpty ? ReadOnlyDictionary<string, long>.Empty : await SizesAsync(run.Id, cancel);

    /// <returns>Null after the last one.</returns>
    public Task<byte[]?> PartAsync(string run, string hash, int part, CancellationToken cancel) =>
        store.ReadAsync(
            connection =>
                connection.QueryFirstOrDefaultAsync<byte[]?>(
                    "select content from artifacts where run = @run and hash = @hash and part = @part",
                    new
                    {
                        run,
                        hash,
                        part,
                    }
                ),
            cancel
        );

    /// <summary>Forgets parts of runs that ended before a time.</summary>
    /// <returns>How many went; less than <paramref name="limit"/> when none are left.</returns>
    public Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancel) =>
        EndedRuns.PruneAsync(store, "artifacts", "hash, part", before, limit, cancel);

    private Task<int> PutAsync(string run, string hash, int part, byte[] content, CancellationToken cancel) =>
        store.WriteUnflushedAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    """
                    insert into artifacts (run, hash, part, content) values (@run, @hash, @part, @content)
                    on conflict (run, hash, part) do nothing
                    """,
                    new
                    {
                        run,
                        hash,
                        part,
                        content,
                    },
                    transaction
                ),
            cancel
        );
}
