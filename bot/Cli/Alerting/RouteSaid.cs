using Bot.Alerts;
using Bot.Incidents;

namespace Bot.Cli.Alerting;

/// <summary>What a route says about an alert, for people and machines.</summary>
internal sealed record RouteSaid(
    string Route,
    string Severity,
    string Kind,
    string? Service,
    bool Private,
    IReadOnlyList<string> Page,
    bool ResolvesByItself,
    TimeSpan Cooldown
)
{
    public static RouteSaid Of(AlertRoute route, IReadOnlyDictionary<string, string> labels) =>
        new(
            route.Name,
            route.Severity.Of(labels).Word(),
            route.Kind.Word(),
            labels.GetValueOrDefault(route.ServiceLabel),
            route.Private,
            [.. route.Page.Select(target => target.ToString())],
            route.ResolveByItself,
            route.Cooldown
        );

    public string ToText() =>
        $"""
            route      {Route}
            severity   {Severity}
            kind       {Kind}
            service    {Service ?? "(none)"}
            private    {(Private ? "yes" : "no")}
            calls      {(Page.Count == 0 ? "nobody" : string.Join(", ", Page))}
            resolves   {(ResolvesByItself ? "by itself, with its last alert" : "by hand")}
            re-opens   when it fires again within {Cooldown}
            """;
}
