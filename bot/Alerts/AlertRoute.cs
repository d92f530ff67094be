using System.Collections.Immutable;
using System.Text.RegularExpressions;
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
    public bool ResolveByItself { get; init; } = true;
    public TimeSpan Cooldown { get; init; } = TimeSpan.FromMinutes(30);

    public IncidentPolicy Policy => new(ResolveByItself, Cooldown, Page, PageEvery, PageAttempts);

    public bool Fits(IReadOnlyDictionary<string, string> labels) => Match.TrueForAll(match => match.Fits(labels));
}

/// <summary>One label's condition: any of the texts, or a pattern over the whole value.</summary>
internal sealed record LabelMatch(string Label, ImmutableList<string> Values, Regex? Pattern)
{
    public bool Fits(IReadOnlyDictionary<string, string> labels)
    {
        var value = labels.GetValueOrDefault(Label, "");
        return Pattern is null ? Values.Contains(value) : Pattern.IsMatch(value);
    }
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
