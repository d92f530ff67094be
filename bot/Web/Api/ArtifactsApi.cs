using Bot.Web.Security;
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

    private static async Task<IResult> DownloadAsync(
        HttpContext context,
        ArtifactDownload downloads,
        string id,
        string n,
        CancellationToken cancel
    ) =>
        await downloads.FindAsync(context.Caller(), id, n, cancel) switch
        {
            ArtifactFound.There there => there.For(context),
            ArtifactFound.Forgotten forgotten => Problems.Of(410, "Not kept any more", forgotten.Sentence),
            ArtifactFound.Missing missing => Problems.NotFound(missing.What),
            var other => throw new InvalidOperationException($"No answer for {other.GetType().Name}."),
        };
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
