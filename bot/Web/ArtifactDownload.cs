using System.Globalization;
using Bot.Access;
using Bot.Desk;
using Bot.Storage;
using Bot.Web.Api;
using Runbooks.Running;

namespace Bot.Web;

/// <summary>A file that a run has left, for whoever may see the run. Never shown by a browser: what a script wrote is not ours.</summary>
internal sealed class ArtifactDownload(RunTable runs, ArtifactTable table, Visibility visibility)
{
    /// <param name="number">Its place among the run's artifacts, from 1.</param>
    public async Task<ArtifactFound> FindAsync(Caller caller, string run, string number, CancellationToken cancel)
    {
        if (await RunsApi.FindAsync(runs, visibility, caller, run, cancel) is not { } state)
            return new ArtifactFound.Missing("run " + run);
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n) || n < 1 || n > state.Artifacts.Count)
            return new ArtifactFound.Missing($"artifact {number} of {run}");
        var file = state.Artifacts[n - 1].File;
        return await table.PartAsync(run, file.Hash, 0, cancel) is null
            ? new ArtifactFound.Forgotten($"{file.Name} of {run} is not kept any more: its time (Retention:Output) is over.")
            : new ArtifactFound.There(
                Results.Stream(body => WriteAsync(run, file, body, cancel), TypeOf(file), Path.GetFileName(file.Name)),
                file
            );
    }

    private static string TypeOf(Artifact file) => file.Text ? "text/plain; charset=utf-8" : "application/octet-stream";

    private async Task WriteAsync(string run, Artifact file, Stream body, CancellationToken cancel)
    {
        for (var part = 0; await table.PartAsync(run, file.Hash, part, cancel) is { } content; part++)
            await body.WriteAsync(content, cancel);
    }
}

internal abstract record ArtifactFound
{
    private ArtifactFound() { }

    public sealed record There(IResult Download, Artifact File) : ArtifactFound
    {
        /// <summary>A download that is cut short is seen by its length.</summary>
        public IResult For(HttpContext context)
        {
            context.Response.ContentLength = File.Size;
            return Download;
        }
    }

    public sealed record Missing(string What) : ArtifactFound;

    public sealed record Forgotten(string Sentence) : ArtifactFound;
}
