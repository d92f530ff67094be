using Integrations.Slack.Blocks;
using Refit;

namespace Integrations.Slack.Api;

/// <summary><c>views.*</c></summary>
internal interface IViewsApi
{
    [Post("/views.open")]
    Task<IApiResponse<PlainResponse>> Open([Body] ViewsOpen arguments, CancellationToken cancel);

    [Post("/views.publish")]
    Task<IApiResponse<PlainResponse>> Publish([Body] ViewsPublish arguments, CancellationToken cancel);
}

/// <param name="TriggerId">Good once, for three seconds after somebody pressed or typed.</param>
internal sealed record ViewsOpen(string TriggerId, View View);

internal sealed record ViewsPublish(string UserId, View View);
