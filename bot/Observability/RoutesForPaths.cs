using System.Diagnostics;
using OpenTelemetry;

namespace Bot.Observability;

/// <summary>
/// In the span of a request its route stands for its address: <c>/sign-in/{token}</c>. Addresses of one-time links are secrets
/// until somebody follows them, and whoever reads traces is not whom they were sent to.
/// </summary>
internal sealed class RoutesForPaths : BaseProcessor<Activity>
{
    // Names of the semantic conventions for HTTP spans.
    private const string Path = "url.path";
    private const string Query = "url.query";
    private const string Route = "http.route";

    public override void OnEnd(Activity data)
    {
        // Null takes it away: an address that is no door of ours may be a link with a slip in it.
        if (data.GetTagItem(Path) is not null)
            data.SetTag(Path, data.GetTagItem(Route)).SetTag(Query, null);
    }
}
