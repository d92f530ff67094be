using Bot.Alerts;
using Integrations;

namespace Bot.Intake;

/// <summary>The configured routes, in order. The last one always matches, so that no alert is without a route.</summary>
internal sealed class RouteBook(IReadOnlyList<AlertRoute> routes)
{
    public static AlertRoute Default { get; } = new() { Name = "default", Page = [new Paging.PageTarget("role", "responder")] };

    public IReadOnlyList<AlertRoute> Routes => routes;

    /// <summary>Whether any route is private: then nobody can tell what an unreadable delivery would have been.</summary>
    public bool AnyPrivate { get; } = routes.Any(route => route.Private);

    /// <summary>
    /// The named route (<c>/alerts/SOURCE/ROUTE</c>), or the first that fits the first alert's labels; but if any alert of the batch is
    /// for a private route, that one: what is private is never told with what is not.
    /// </summary>
    public AlertRoute? Find(string? name, AlertBatch batch)
    {
        if (name is not null)
            return routes.FirstOrDefault(route => route.Name == name);
        var first = Of(batch.Alerts[0]);
        if (first.Private || !AnyPrivate)
            return first;
        return batch.Alerts.Skip(1).Select(Of).FirstOrDefault(route => route.Private) ?? first;
    }

    private AlertRoute Of(IncomingAlert alert)
    {
        IReadOnlyDictionary<string, string>? labels = null;
        foreach (var route in routes)
        {
            if (route.Match.IsEmpty)
                return route;
            labels ??= AlertJson.ToDictionary(alert.Labels);
            if (route.Fits(labels))
                return route;
        }

        return Default;
    }
}
