using Refit;

namespace Integrations.Slack.Api;

/// <summary><c>pins.*</c></summary>
internal interface IPinsApi
{
    [Post("/pins.add")]
    Task<IApiResponse<PlainResponse>> Add([Body] PinsAdd arguments, CancellationToken cancel);
}

internal sealed record PinsAdd(string Channel, string Timestamp);

/// <summary><c>bookmarks.*</c></summary>
internal interface IBookmarksApi
{
    [Post("/bookmarks.add")]
    Task<IApiResponse<PlainResponse>> Add([Body] BookmarksAdd arguments, CancellationToken cancel);

    [Post("/bookmarks.list")]
    Task<IApiResponse<BookmarksListResponse>> List([Body] BookmarksList arguments, CancellationToken cancel);
}

/// <param name="Type">Always <c>link</c>.</param>
internal sealed record BookmarksAdd(string ChannelId, string Title, string Type, string Link);

internal sealed record BookmarksList(string ChannelId);

internal sealed record Bookmark
{
    public string? Title { get; init; }
    public string? Link { get; init; }
}

internal sealed record BookmarksListResponse : SlackResponse
{
    public IReadOnlyList<Bookmark> Bookmarks { get; init; } = [];
}
