using Refit;

namespace Integrations.Slack.Api;

/// <summary><c>files.*</c>: an address, the bytes, the completion.</summary>
internal interface IFilesApi
{
    [Post("/files.getUploadURLExternal")]
    Task<IApiResponse<FilesGetUploadURLExternalResponse>> GetUploadURLExternal(
        [Body] FilesGetUploadURLExternal arguments,
        CancellationToken cancel
    );

    [Post("/files.completeUploadExternal")]
    Task<IApiResponse<PlainResponse>> CompleteUploadExternal([Body] FilesCompleteUploadExternal arguments, CancellationToken cancel);
}

/// <param name="Length">In bytes.</param>
/// <param name="AltText">For who cannot see the picture.</param>
internal sealed record FilesGetUploadURLExternal(string Filename, int Length, string? AltText);

internal sealed record FilesGetUploadURLExternalResponse : SlackResponse
{
    public string? UploadUrl { get; init; }
    public string? FileId { get; init; }
}

/// <param name="ChannelId">Where it is shown.</param>
internal sealed record FilesCompleteUploadExternal(IReadOnlyList<UploadedFile> Files, string ChannelId, string? InitialComment);

internal sealed record UploadedFile(string Id, string Title);
