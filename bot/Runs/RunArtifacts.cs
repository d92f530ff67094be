using System.Globalization;
using Bot.Storage;
using Runbooks.Running;

namespace Bot.Runs;

/// <summary>Keeps what the scripts of runs leave, within the run's limit.</summary>
internal sealed class RunArtifacts(ArtifactTable table, ArtifactLimits limits) : IArtifactStore, IDisposable
{
    private const string Section = "Runbooks:Artifacts";
    private const long Megabyte = 1_000_000;

    // Two steps of one run at the same time must not both take its last megabyte; a run is carried on by one node.
    private readonly SemaphoreSlim turn = new(1, 1);

    public ArtifactLimits Limits => limits;

    public static ArtifactLimits LimitsOf(IConfiguration configuration) =>
        new(
            configuration.GetValue(Section + ":FileMB", ArtifactLimits.Usual.File / Megabyte) * Megabyte,
            configuration.GetValue(Section + ":RunMB", ArtifactLimits.Usual.Run / Megabyte) * Megabyte
        );

    // That it is a number is seen with all others.
    public static IEnumerable<string> Problems(IConfiguration configuration) =>
        int.TryParse(configuration[Section + ":FileMB"], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
        && size * Megabyte > ArtifactLimits.LargestFile
            ?
            [
                $"{Section}:FileMB is '{size}'. A file is in memory while secrets are looked for: at most {ArtifactLimits.LargestFile / Megabyte}.",
            ]
            : [];

    public async Task<bool> PutAsync(string run, string hash, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        await turn.WaitAsync(cancel);
        try
        {
            var others = (await table.SizesAsync(run, cancel)).Where(file => file.Key != hash).Sum(file => file.Value);
            if (others + content.Length > limits.Run)
                return false;
            await table.PutAsync(run, hash, content, cancel);
            return true;
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();
}
