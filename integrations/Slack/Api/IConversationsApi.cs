using System.Text.Json;
using System.Text.Json.Serialization;
using Refit;

namespace Integrations.Slack.Api;

/// <summary><c>conversations.*</c></summary>
internal interface IConversationsApi
{
    [Post("/conversations.create")]
    Task<IApiResponse<ConversationResponse>> Create([Body] ConversationsCreate arguments, CancellationToken cancel);

    [Post("/conversations.invite")]
    Task<IApiResponse<PlainResponse>> Invite([Body] ConversationsInvite arguments, CancellationToken cancel);

    [Post("/conversations.open")]
    Task<IApiResponse<ConversationResponse>> Open([Body] ConversationsOpen arguments, CancellationToken cancel);

    [Post("/conversations.join")]
    Task<IApiResponse<ConversationResponse>> Join([Body] ConversationsJoin arguments, CancellationToken cancel);

    [Post("/conversations.info")]
    Task<IApiResponse<ConversationResponse>> Info([Body] ConversationsInfo arguments, CancellationToken cancel);

    [Post("/conversations.members")]
    Task<IApiResponse<ConversationsMembersResponse>> Members([Body] ConversationsMembers arguments, CancellationToken cancel);

    [Post("/conversations.setTopic")]
    Task<IApiResponse<PlainResponse>> SetTopic([Body] ConversationsSetTopic arguments, CancellationToken cancel);

    [Post("/conversations.setPurpose")]
    Task<IApiResponse<PlainResponse>> SetPurpose([Body] ConversationsSetPurpose arguments, CancellationToken cancel);

    [Post("/conversations.list")]
    Task<IApiResponse<ConversationsListResponse>> List([Body] ConversationsList arguments, CancellationToken cancel);

    [Post("/conversations.history")]
    Task<IApiResponse<ConversationsHistoryResponse>> History([Body] ConversationsHistory arguments, CancellationToken cancel);

    [Post("/conversations.replies")]
    Task<IApiResponse<ConversationsHistoryResponse>> Replies([Body] ConversationsReplies arguments, CancellationToken cancel);
}

internal sealed record ConversationsCreate
{
    public required string Name { get; init; }
    public bool? IsPrivate { get; init; }
}

/// <param name="Users">Ids, with commas between; at most 100.</param>
internal sealed record ConversationsInvite(string Channel, string Users);

/// <param name="Users">One id: their direct channel with the app.</param>
internal sealed record ConversationsOpen(string Users);

internal sealed record ConversationsJoin(string Channel);

internal sealed record ConversationsInfo(string Channel);

internal sealed record ConversationsMembers
{
    public required string Channel { get; init; }
    public int? Limit { get; init; }
    public string? Cursor { get; init; }
}

internal sealed record ConversationsSetTopic(string Channel, string Topic);

internal sealed record ConversationsSetPurpose(string Channel, string Purpose);

internal sealed record ConversationsList
{
    public string? Types { get; init; }
    public bool? ExcludeArchived { get; init; }
    public int? Limit { get; init; }
    public string? Cursor { get; init; }
}

internal sealed record ConversationsHistory
{
    public required string Channel { get; init; }
    public string? Oldest { get; init; }
    public string? Latest { get; init; }
    public bool? Inclusive { get; init; }
    public bool? IncludeAllMetadata { get; init; }
    public int? Limit { get; init; }
    public string? Cursor { get; init; }
}

/// <summary>Of a thread, by its parent or any answer in it.</summary>
internal sealed record ConversationsReplies
{
    public required string Channel { get; init; }
    public required string Ts { get; init; }
    public string? Oldest { get; init; }
    public string? Latest { get; init; }
    public bool? Inclusive { get; init; }
    public int? Limit { get; init; }
    public string? Cursor { get; init; }
}

internal sealed record Conversation
{
    public string Id { get; init; } = "";
    public string? Name { get; init; }
    public string? Creator { get; init; }

    /// <summary>When it was made, in seconds since 1970.</summary>
    public long Created { get; init; }
    public bool IsArchived { get; init; }
    public bool IsMember { get; init; }
    public bool IsPrivate { get; init; }
    public bool IsIm { get; init; }
    public bool IsMpim { get; init; }
    public ConversationPurpose? Purpose { get; init; }
}

internal sealed record ConversationPurpose
{
    public string Value { get; init; } = "";
}

internal sealed record ConversationResponse : SlackResponse
{
    public Conversation? Channel { get; init; }
}

internal sealed record ConversationsMembersResponse : SlackResponse
{
    public IReadOnlyList<string> Members { get; init; } = [];
}

internal sealed record ConversationsListResponse : SlackResponse
{
    public IReadOnlyList<Conversation> Channels { get; init; } = [];
}

internal sealed record ConversationsHistoryResponse : SlackResponse
{
    /// <summary>As they came: apps write them in any shape, and one that cannot be read must hide none of the others.</summary>
    public IReadOnlyList<JsonElement> Messages { get; init; } = [];
    public bool HasMore { get; init; }
}

internal sealed record HistoryMessage
{
    public string Ts { get; init; } = "";
    public string? User { get; init; }
    public string? BotId { get; init; }
    public string? Subtype { get; init; }
    public string Text { get; init; } = "";

    /// <summary>What an app calls itself for this message.</summary>
    public string? Username { get; init; }
    public HistoryBot? BotProfile { get; init; }

    /// <summary>Of apps, of any shape.</summary>
    public JsonElement? Attachments { get; init; }

    /// <inheritdoc cref="Attachments"/>
    public JsonElement? Blocks { get; init; }
    public HistoryEdit? Edited { get; init; }

    /// <summary>Of the newest answer in its thread; null where it has none.</summary>
    public string? LatestReply { get; init; }
    public HistoryMetadata? Metadata { get; init; }
    public IReadOnlyList<HistoryFile>? Files { get; init; }
    public IReadOnlyList<HistoryReaction>? Reactions { get; init; }

    /// <summary>Somebody deleted it, and it stands there only for the answers to it.</summary>
    public bool IsStone => Subtype is "tombstone";

    /// <summary>It stands there, and nothing but its <see cref="Ts"/> could be read.</summary>
    [JsonIgnore]
    public bool IsUnread { get; init; }
}

/// <summary>The app that wrote it.</summary>
internal sealed record HistoryBot(string? Name);

internal sealed record HistoryEdit
{
    /// <summary>When it was edited last.</summary>
    public string Ts { get; init; } = "";
}

internal sealed record HistoryReaction
{
    public string Name { get; init; } = "";

    /// <summary>Who gave it; of many not all.</summary>
    public IReadOnlyList<string> Users { get; init; } = [];
}

internal sealed record HistoryFile
{
    public string Id { get; init; } = "";
    public string? Name { get; init; }
    public string? Permalink { get; init; }
}

/// <summary>Anybody's: of another app the payload may be of any shape.</summary>
internal sealed record HistoryMetadata
{
    public string? EventType { get; init; }
    public JsonElement? EventPayload { get; init; }
}
