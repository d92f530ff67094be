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
    Task<IApiResponse<SlackResponse>> CompleteUploadExternal([Body] FilesCompleteUploadExternal arguments, CancellationToken cancel);
}

/// <param name="Length">In bytes.</param>
internal sealed record FilesGetUploadURLExternal(string Filename, int Length);

internal sealed record FilesCompleteUploadExternal(IReadOnlyList<UploadedFile> Files, string ChannelId);

internal sealed record UploadedFile(string Id, string Title);

internal sealed record FilesGetUploadURLExternalResponse : SlackResponse
{
    public string? UploadUrl { get; init; }
    public string? FileId { get; init; }
}
