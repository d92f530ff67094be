using System.Collections.Immutable;
using Bot.Incidents;
using Bot.Paging;

namespace Bot.Alerts;

/// <summary>What happens to alerts that match: the first route that does decides. See <c>config/routes.yaml</c>.</summary>
internal sealed record AlertRoute
{
    public required string Name { get; init; }

    /// <summary>All of them must match; none matches everything.</summary>
    public ImmutableList<LabelMatch> Match { get; init; } = [];

    public SeverityRule Severity { get; init; } = SeverityRule.ByLabel;

    /// <summary>The label that names the service.</summary>
    public string ServiceLabel { get; init; } = "service";

    public IncidentKind Kind { get; init; } = IncidentKind.Real;
    public bool Private { get; init; }
    public ImmutableList<PageTarget> Page { get; init; } = [];
    public TimeSpan PageEvery { get; init; } = TimeSpan.FromMinutes(5);
    public int PageAttempts { get; init; } = 12;

    /// <summary>Who is called after them when nobody acknowledged.</summary>
    public ImmutableList<PageLevel> PageThen { get; init; } = [];
    public bool ResolveByItself { get; init; } = true;
    public TimeSpan Cooldown { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>After so many re-openings by alerts it no longer resolves by itself; 0: it always does.</summary>
    public int FlapLimit { get; init; } = 3;

    public IncidentPolicy Policy =>
        new(ResolveByItself, Cooldown, Page, PageEvery, PageAttempts, PageThen.IsEmpty ? null : PageThen, FlapLimit);

    public bool Fits(IReadOnlyDictionary<string, string> labels) => Match.TrueForAll(match => match.Fits(labels));
}

/// <summary>An incident's severity from an alert's label; an unknown or absent value gets the default.</summary>
internal sealed record SeverityRule(string Label, ImmutableDictionary<string, Severity> Map, Severity Otherwise)
{
    public static SeverityRule ByLabel { get; } =
        new(
            "severity",
            new Dictionary<string, Severity>
            {
                ["critical"] = Incidents.Severity.Sev1,
                ["page"] = Incidents.Severity.Sev1,
                ["error"] = Incidents.Severity.Sev2,
                ["high"] = Incidents.Severity.Sev2,
                ["warning"] = Incidents.Severity.Sev3,
                ["info"] = Incidents.Severity.Sev4,
            }.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase),
            Incidents.Severity.Sev3
        );

    public Severity Of(IReadOnlyDictionary<string, string> labels) =>
        labels.TryGetValue(Label, out var value) && Map.TryGetValue(value, out var severity) ? severity : Otherwise;
}
