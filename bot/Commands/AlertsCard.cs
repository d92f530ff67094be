using Bot.Alerts;
using Bot.Incidents;
using Bot.Storage;
using Integrations;
using Runbooks.Running;

namespace Bot.Commands;

/// <summary>
/// The alerts of an incident, for who has to act on them: of one all that it says, of many a bounded list of what tells them apart.
/// </summary>
internal static class AlertsCard
{
    /// <summary>How many are looked at; the rest is on the incident's page.</summary>
    public const int Most = 10;

    private const int MostNames = 3;
    private const int MostLabels = 12;
    private const int MostTelling = 4;
    private const int MostOthers = 5;
    private const int MostLinks = 6;
    private const int MostLine = 300;

    /// <param name="alerts">At most <see cref="Most"/>, those that fire first.</param>
    /// <param name="address">The incident's page.</param>
    public static Card Of(Incident incident, IReadOnlyList<AlertRow> alerts, string address)
    {
        var said = alerts.Select(alert => (Row: alert, Words: Of(alert))).ToList();
        var common =
            said.Count == 0 ? [] : said[0].Words.Labels.Where(label => said.TrueForAll(one => one.Words.Labels.Contains(label))).ToList();
        var lead = said is [var only] ? only.Words : null;
        var fields = new List<CardField>();
        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                fields.Add(new CardField(name, value));
        }

        Add("Value", lead?.Value);
        Add("Fired", said is [var (row, _)] ? UtcText.Of(row.Since) : null);
        Add("Resolved", said is [{ Row: { Firing: false, EndsAt: { } end } }] ? UtcText.Of(end) : null);
        Add(lead is null ? "Labels of all" : "Labels", Lines(common, MostLabels));
        Add("Annotations", lead is null ? null : Lines(lead.Others, MostOthers));
        foreach (var link in said.SelectMany(one => one.Words.Links).DistinctBy(link => link.Address).Take(MostLinks))
            Add(link.Name, link.Address);
        return new Card(
            Title(incident),
            lead is null ? List(incident, said, common) : string.Join('\n', new[] { lead.Summary, lead.Description }.OfType<string>())
        )
        {
            Link = $"{address}#alerts",
            Fields = fields,
        };
    }

    private static AlertWords Of(AlertRow alert) => AlertWords.Of(alert.Labels, alert.Annotations, alert.GeneratorUrl);

    private static string Title(Incident incident)
    {
        var names = incident.AlertNames.Take(MostNames).ToList();
        var more = incident.AlertNames.Count - names.Count;
        return (incident.Alerts, incident.Firing) switch
            {
                (1, 0) => "The alert is resolved",
                (_, 0) => $"All {incident.Alerts} alerts are resolved",
                (1, _) => "1 alert fires",
                var (all, firing) => $"{firing} of {all} alerts {(firing == 1 ? "fires" : "fire")}",
            } + (names.Count == 0 ? "" : $": {string.Join(", ", names)}" + (more > 0 ? $" and {more} more" : ""));
    }

    private static string List(Incident incident, List<(AlertRow Row, AlertWords Words)> said, List<(string Name, string Value)> common)
    {
        var lines = said.Select(one =>
        {
            var telling = one.Words.Labels.Except(common).Take(MostTelling).Select(label => $"{label.Name}={label.Value}").ToList();
            return Cut(
                $"{(one.Row.Firing ? "●" : "○")} {one.Words.Name}"
                    + (telling.Count == 0 ? "" : $" {{{string.Join(", ", telling)}}}")
                    + $" since {UtcText.Of(one.Row.Since)}"
                    + (one.Words.Value is { } value ? $", value {value}" : "")
                    + (one.Words.Summary is { } summary ? $": {summary.ReplaceLineEndings(" ")}" : "")
            );
        });
        var left = incident.Alerts - said.Count;
        return string.Join('\n', left > 0 ? lines.Append($"… and {left} more") : lines);
    }

    private static string Lines(IReadOnlyList<(string Name, string Value)> pairs, int most) =>
        string.Join('\n', pairs.Take(most).Select(pair => $"{pair.Name}: {pair.Value}"))
        + (pairs.Count > most ? $"\n… and {pairs.Count - most} more" : "");

    private static string Cut(string text) => text.Length <= MostLine ? text : text[..(MostLine - 1)] + "…";
}
