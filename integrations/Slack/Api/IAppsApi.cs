using System.Text.Json;
using Refit;

namespace Integrations.Slack.Api;

/// <summary><c>auth.*</c></summary>
internal interface IAuthApi
{
    [Post("/auth.test")]
    Task<IApiResponse<AuthTestResponse>> Test([Body] AuthTest arguments, CancellationToken cancel);
}

internal sealed record AuthTest;

internal sealed record AuthTestResponse : SlackResponse
{
    public string? Url { get; init; }
    public string? Team { get; init; }
    public string? TeamId { get; init; }
    public string? EnterpriseId { get; init; }
    public string? User { get; init; }
    public string? UserId { get; init; }
    public string? BotId { get; init; }
}

/// <summary><c>apps.connections.*</c>: with the app-level token.</summary>
internal interface IAppsConnectionsApi
{
    [Post("/apps.connections.open")]
    Task<IApiResponse<AppsConnectionsOpenResponse>> Open([Body] AppsConnectionsOpen arguments, CancellationToken cancel);
}

internal sealed record AppsConnectionsOpen;

internal sealed record AppsConnectionsOpenResponse : SlackResponse
{
    public string? Url { get; init; }
}

/// <summary><c>apps.manifest.*</c>: with an app configuration token, which a person makes and which ends after 12 hours.</summary>
internal interface IAppsManifestApi
{
    [Post("/apps.manifest.export")]
    Task<IApiResponse<AppsManifestExportResponse>> Export([Body] AppsManifestExport arguments, CancellationToken cancel);
}

internal sealed record AppsManifestExport(string AppId);

internal sealed record AppsManifestExportResponse : SlackResponse
{
    public JsonElement Manifest { get; init; }
}
