using Bot.Alerts;
using Integrations;

namespace Bot.Intake;

/// <summary>The configured routes, in order. The last one always matches, so that no alert is without a route.</summary>
internal sealed class RouteBook(IReadOnlyList<AlertRoute> routes)
{
    public static AlertRoute Default { get; } = new() { Name = "default", Page = [new Paging.PageTarget("role", "responder")] };

    public IReadOnlyList<AlertRoute> Routes => routes;

    /// <summary>The named route (<c>/alerts/SOURCE/ROUTE</c>), or the first that fits the first alert's labels.</summary>
    public AlertRoute? Find(string? name, AlertBatch batch)
    {
        if (name is not null)
            return routes.FirstOrDefault(route => route.Name == name);
        IReadOnlyDictionary<string, string>? labels = null;
        foreach (var route in routes)
        {
            if (route.Match.IsEmpty)
                return route;
            labels ??= AlertJson.ToDictionary(batch.Alerts[0].Labels);
            if (route.Fits(labels))
                return route;
        }

        return Default;
    }
}
