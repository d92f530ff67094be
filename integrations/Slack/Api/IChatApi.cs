using Integrations.Slack.Blocks;
using Refit;

namespace Integrations.Slack.Api;

/// <summary><c>chat.*</c></summary>
internal interface IChatApi
{
    [Post("/chat.postMessage")]
    Task<IApiResponse<ChatPostMessageResponse>> PostMessage([Body] ChatPostMessage arguments, CancellationToken cancel);

    [Post("/chat.postEphemeral")]
    Task<IApiResponse<PlainResponse>> PostEphemeral([Body] ChatPostEphemeral arguments, CancellationToken cancel);

    [Post("/chat.update")]
    Task<IApiResponse<ChatPostMessageResponse>> Update([Body] ChatUpdate arguments, CancellationToken cancel);

    [Post("/chat.getPermalink")]
    Task<IApiResponse<ChatGetPermalinkResponse>> GetPermalink([Body] ChatGetPermalink arguments, CancellationToken cancel);
}

internal sealed record ChatPostMessage
{
    public required string Channel { get; init; }
    public required string Text { get; init; }
    public IReadOnlyList<Block>? Blocks { get; init; }
    public MessageMetadata? Metadata { get; init; }
    public bool? UnfurlLinks { get; init; }
    public bool? UnfurlMedia { get; init; }

    /// <summary>Only what is written as a mention is one.</summary>
    public string Parse => "none";
}

internal sealed record ChatPostEphemeral
{
    public required string Channel { get; init; }
    public required string User { get; init; }
    public required string Text { get; init; }
    public IReadOnlyList<Block>? Blocks { get; init; }
}

internal sealed record ChatUpdate
{
    public required string Channel { get; init; }
    public required string Ts { get; init; }
    public required string Text { get; init; }
    public IReadOnlyList<Block>? Blocks { get; init; }
    public MessageMetadata? Metadata { get; init; }

    /// <summary>As <see cref="ChatPostMessage.Parse"/>: an edit is read as people type where this is not said.</summary>
    public string Parse => "none";
}

internal sealed record ChatGetPermalink
{
    public required string Channel { get; init; }
    public required string MessageTs { get; init; }
}

internal sealed record ChatPostMessageResponse : SlackResponse
{
    public string? Channel { get; init; }
    public string? Ts { get; init; }
}

internal sealed record ChatGetPermalinkResponse : SlackResponse
{
    public string? Permalink { get; init; }
}

/// <summary>Kept with a message, seen by apps only: a post whose answer was lost is found by it.</summary>
internal sealed record MessageMetadata
{
    public required string EventType { get; init; }
    public required IReadOnlyDictionary<string, string> EventPayload { get; init; }
}
