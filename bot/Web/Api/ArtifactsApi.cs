using Runbooks.Running;

namespace Bot.Web.Api;

/// <summary><c>GET /api/v1/runs/{id}/artifacts/{n}</c>: a file that a script of the run has left.</summary>
internal static class ArtifactsApi
{
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/runs/{id}/artifacts/{n}", DownloadAsync)
            .Produces(200, contentType: "application/octet-stream")
            .ProducesProblem(404)
            .ProducesProblem(410)
            .WithSummary("A file that a script of the run has left, by its number in the run's artifacts");

    private static Task<IResult> DownloadAsync(
        HttpContext context,
        ArtifactDownload downloads,
        string id,
        string n,
        CancellationToken cancel
    ) => downloads.AnswerAsync(context, id, n, Problems.NotFound, (title, why) => Problems.Of(410, title, why), cancel);
}

/// <param name="N">From 1, in the order in which they were kept.</param>
/// <param name="Size">Bytes of what is kept.</param>
/// <param name="Sha256">Of what is kept, in hex.</param>
/// <param name="Masked">Secrets were taken out of it.</param>
/// <param name="Url">Where it is downloaded; null: its time is over.</param>
internal sealed record ArtifactAnswer(
    int N,
    string Step,
    int Attempt,
    string Name,
    long Size,
    string Sha256,
    bool Masked,
    DateTimeOffset At,
    string? Url
)
{
    /// <param name="kept">Hashes of those that are there.</param>
    public static IReadOnlyList<ArtifactAnswer> Of(RunState run, IReadOnlyDictionary<string, long> kept) =>
        [
            .. run.Artifacts.Select(
                (one, at) =>
                    new ArtifactAnswer(
                        at + 1,
                        one.Step,
                        one.Attempt,
                        one.File.Name,
                        one.File.Size,
                        one.File.Hash,
                        one.File.Masked,
                        one.At,
                        kept.ContainsKey(one.File.Hash) ? $"/api/v1/runs/{run.Id}/artifacts/{at + 1}" : null
                    )
            ),
        ];
}
