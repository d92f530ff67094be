using Refit;

namespace Integrations.Slack.Api;

/// <summary><c>bots.*</c></summary>
internal interface IBotsApi
{
    [Post("/bots.info")]
    Task<IApiResponse<BotsInfoResponse>> Info([Body] BotsInfo arguments, CancellationToken cancel);
}

internal sealed record BotsInfo(string Bot);

internal sealed record SlackBot
{
    public string? AppId { get; init; }
}

internal sealed record BotsInfoResponse : SlackResponse
{
    public SlackBot? Bot { get; init; }
}
