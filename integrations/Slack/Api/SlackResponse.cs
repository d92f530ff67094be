namespace Integrations.Slack.Api;

/// <summary>What every answer of the Web API has.</summary>
internal abstract record SlackResponse
{
    public bool Ok { get; init; }
    public string? Error { get; init; }

    /// <summary>The scope that is missing, with <c>missing_scope</c>.</summary>
    public string? Needed { get; init; }
    public ResponseMetadata? ResponseMetadata { get; init; }
}

internal sealed record ResponseMetadata
{
    public string? NextCursor { get; init; }
    public IReadOnlyList<string>? Messages { get; init; }
}

/// <summary>Of methods that answer nothing more.</summary>
internal sealed record PlainResponse : SlackResponse;
