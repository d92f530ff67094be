using Integrations.Slack.Api;
using Integrations.Slack.Rendering;

namespace Integrations.Slack.Sending;

/// <summary>
/// Slack's upload flow (docs.slack.dev, uploading files): nothing is shown before the completion, so only its answer can be in doubt.
/// </summary>
internal sealed class SlackFiles(SlackApi api, SlackCalls calls, IHttpClientFactory clients)
{
    private const int MostTitle = 250;
    private const int MostAlternative = 1000;
    private const int MostComment = 3000;

    public async Task<ChatReceipt> UploadAsync(string channel, ChatFile file, CancellationToken cancel)
    {
        var title = SlackText.Cut(file.Title, MostTitle);
        var wanted = new FilesGetUploadURLExternal(
            file.Name,
            file.Content.Length,
            SlackText.Cut(Prose.Join(file.Title, file.Comment), MostAlternative)
        );
        var address = await calls.AtOnceAsync(
            SlackMethod.GetUploadAddress,
            null,
            () => api.Files.GetUploadURLExternal(wanted, cancel),
            cancel
        );
        if (!address.IsOk)
            return address.ToReceipt() with { Doubtful = false };
        if (await PutAsync(address.Value!.UploadUrl!, file.Content, cancel) is { } trouble)
            return new ChatReceipt(false, true, null, trouble);
        var completion = new FilesCompleteUploadExternal(
            [new UploadedFile(address.Value.FileId!, title)],
            channel,
            SlackText.Cut(SlackText.Escape($"{file.Title}\n{file.Comment}".Trim()), MostComment)
        );
        var completed = await calls.AtOnceAsync(
            SlackMethod.CompleteUpload,
            null,
            () => api.Files.CompleteUploadExternal(completion, cancel),
            cancel
        );
        return completed.ToReceipt(address.Value.FileId);
    }

    // The address is a secret of its own: no token goes with it, and it is in no message.
    private async Task<string?> PutAsync(string address, byte[] content, CancellationToken cancel)
    {
        using var client = clients.CreateClient(SlackApi.PlainClient);
        try
        {
            using var body = new ByteArrayContent(content);
            using var answer = await client.PostAsync(new Uri(address), body, cancel);
            return answer.IsSuccessStatusCode ? null : $"the upload was answered with HTTP {(int)answer.StatusCode}";
        }
        catch (HttpRequestException e)
        {
            return $"the upload broke ({e.HttpRequestError})";
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return "the upload was not answered in time";
        }
    }
}
