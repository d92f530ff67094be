using System.Globalization;
using Bot.Desk;
using Bot.Storage;
using Bot.Web.Api;
using Bot.Web.Security;
using Runbooks.Running;

namespace Bot.Web;

/// <summary>A file that a run has left, for whoever may see the run. Never shown by a browser: what a script wrote is not ours.</summary>
internal sealed class ArtifactDownload(RunTable runs, ArtifactTable table, Visibility visibility)
{
    /// <param name="number">Its place among the run's artifacts, from 1.</param>
    /// <param name="missing">The answer, of the door's own kind, where there is no such thing; gets what that is.</param>
    /// <param name="forgotten">The same (410) where its time is over; gets a title and a sentence.</param>
    public async Task<IResult> AnswerAsync(
        HttpContext context,
        string run,
        string number,
        Func<string, IResult> missing,
        Func<string, string, IResult> forgotten,
        CancellationToken cancel
    )
    {
        if (await RunsApi.FindAsync(runs, visibility, context.Caller(), run, cancel) is not { } state)
            return missing("run " + run);
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n) || n < 1 || n > state.Artifacts.Count)
            return missing($"artifact {number} of {run}");
        var file = state.Artifacts[n - 1].File;
        if (await table.PartAsync(run, file.Hash, 0, cancel) is null)
            return forgotten("Not kept any more", $"{file.Name} of {run} is not kept any more: its time (Retention:Output) is over.");
        // A download that is cut short is seen by its length.
        context.Response.ContentLength = file.Size;
        return Results.Stream(body => WriteAsync(run, file, body, cancel), TypeOf(file), Path.GetFileName(file.Name));
    }

    private static string TypeOf(Artifact file) => file.Text ? "text/plain; charset=utf-8" : "application/octet-stream";

    private async Task WriteAsync(string run, Artifact file, Stream body, CancellationToken cancel)
    {
        for (var part = 0; await table.PartAsync(run, file.Hash, part, cancel) is { } content; part++)
            await body.WriteAsync(content, cancel);
    }
}
