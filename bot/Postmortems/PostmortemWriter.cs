using System.Globalization;
using System.Text;
using Bot.Figures;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Bot.Timeline;
using Integrations;
using Runbooks.Running;

namespace Bot.Postmortems;

/// <summary>A postmortem draft in Markdown under Google SRE's headings, from the log alone.</summary>
internal sealed class PostmortemWriter(ILogReader log, FactCatalog catalog, IncidentTable incidents)
{
    // All of them are in the draft.
    private const int MostRuns = 5;

    /// <returns>Null: there is no such incident.</returns>
    public async Task<string?> DraftAsync(int number, CancellationToken cancel)
    {
        if (await incidents.FindAsync(number, cancel) is not { } incident)
            return null;
        return Draft(incident, await EventsAsync(number, cancel), catalog);
    }

    /// <summary>The draft at a glance, for a chat.</summary>
    /// <param name="page">The address of the draft's page.</param>
    /// <returns>Null: there is no such incident.</returns>
    public async Task<Card?> SummaryAsync(int number, string page, CancellationToken cancel)
    {
        if (await incidents.FindAsync(number, cancel) is not { } incident)
            return null;
        var events = await EventsAsync(number, cancel);
        var facts = Own(incident, Read(events, catalog));
        var runs = facts
            .Select(entry => entry.Fact)
            .OfType<IncidentFact.RunFinished>()
            .Select(run => $"{run.Runbook}: {run.State}")
            .ToList();
        var told = Story.Of(events.Select(logged => TimelineReader.Tell(logged, catalog))).Count;
        return new Card(
            $"Postmortem of {incident.Id}: {incident.Title}",
            $"{When(incident)} {told} lines of timeline. The draft, to read and to finish: {page}\nAs a Markdown file: {page}.md"
        )
        {
            Fields =
            [
                new CardField("Severity and state", $"{incident.Severity.Word()} · {incident.State.Word()}"),
                new CardField("Commander", incident.Commander ?? "nobody"),
                .. IncidentFigures.Of(facts).Select(duration => new CardField($"Time to {duration.Name}", Length(duration.Length))),
                new CardField("Alerts", incident.Alerts.ToString(CultureInfo.InvariantCulture)),
                new CardField("Runbooks", runs.Count == 0 ? "none was run" : string.Join('\n', runs.TakeLast(MostRuns))),
                new CardField(
                    "Action items",
                    incident.Tasks.IsEmpty ? "none yet" : $"{incident.Tasks.Count(task => task.Done)} of {incident.Tasks.Count} done"
                ),
            ],
        };
    }

    private async Task<List<LogEvent>> EventsAsync(int number, CancellationToken cancel)
    {
        var events = new List<LogEvent>();
        while (true)
        {
            var page = await log.OfIncidentAsync(number, events.Count == 0 ? 0 : events[^1].Position, 1000, cancel);
            events.AddRange(page);
            if (page.Count < 1000)
                return events;
        }
    }

    private static List<(LogEvent Event, object? Fact)> Read(IReadOnlyList<LogEvent> events, FactCatalog catalog) =>
        [.. events.Select(logged => (logged, catalog.TryRead(logged.Type, logged.Data, out var fact) ? fact : null))];

    private static List<(LogEvent Event, IncidentFact Fact)> Own(Incident incident, List<(LogEvent Event, object? Fact)> read) =>
        [
            .. read.Where(entry => entry.Fact is IncidentFact && entry.Event.Stream == StreamId.Incident(incident.Number))
                .Select(entry => (entry.Event, (IncidentFact)entry.Fact!)),
        ];

    private static string When(Incident incident) =>
        $"Declared {UtcText.Plain(incident.DeclaredAt)}"
        + (incident.ResolvedAt is { } resolved ? $", resolved {UtcText.Plain(resolved)} (UTC)." : " (UTC), not resolved yet.");

    public static string Draft(Incident incident, IReadOnlyList<LogEvent> events, FactCatalog catalog)
    {
        var read = Read(events, catalog);
        var own = Own(incident, read);
        var text = new StringBuilder();
        text.Append($"# Postmortem of {incident.Id}: {Safe(incident.Title)}\n\n");
        text.Append($"| | |\n|---|---|\n| Severity | {incident.Severity.Word()} |\n| State | {incident.State.Word()} |\n");
        text.Append($"| Kind | {incident.Kind.Word()} |\n| Service | {Safe(incident.Service ?? "–")} |\n");
        text.Append($"| Commander | {Safe(incident.Commander ?? "nobody")} |\n\n");

        text.Append("## Summary\n\n");
        text.Append($"Declared {UtcText.Plain(incident.DeclaredAt)}");
        text.Append(incident.Origin is { } origin ? $" from alerts of {Safe(origin.Source)}" : "");
        text.Append(incident.ResolvedAt is { } resolved ? $", resolved {UtcText.Plain(resolved)}.\n\n" : ", not resolved yet.\n\n");

        text.Append("## Impact\n\n");
        text.Append(
            $"Began {UtcText.Plain(incident.ImpactStartedAt)}. {incident.Alerts} alert {(incident.Alerts == 1 ? "episode" : "episodes")}"
        );
        text.Append(incident.AlertNames.IsEmpty ? ".\n\n" : $": {Safe(string.Join(", ", incident.AlertNames))}.\n\n");

        text.Append("## Root causes and trigger\n\n_To be written._\n\n## Detection and durations\n\n");
        text.Append("| Duration | Formula | From | To | Event | Length |\n|---|---|---|---|---|---|\n");
        foreach (var duration in IncidentFigures.Of(own))
        {
            text.Append($"| Time to {duration.Name} | {duration.Formula} | {UtcText.Plain(duration.From)} | {UtcText.Plain(duration.To)} ");
            text.Append($"| position {duration.ToPosition} | {Length(duration.Length)} |\n");
        }

        text.Append("\n## Resolution\n\n");
        AppendRuns(text, read);
        text.Append("## Action items\n\n");
        foreach (var task in incident.Tasks)
            text.Append($"- [{(task.Done ? "x" : " ")}] {Safe(task.Text)}{(task.Assignee is null ? "" : $" ({Safe(task.Assignee)})")}\n");
        if (incident.Tasks.IsEmpty)
            text.Append("_None yet._\n");

        text.Append("\n## Lessons learned\n\n### What went well\n\n_To be written._\n\n### What went wrong\n\n_To be written._\n\n");
        text.Append(
            "### Where we got lucky\n\n_To be written._\n\n## Timeline\n\nAll times UTC.\n\n| Time | Who | What |\n|---|---|---|\n"
        );
        foreach (
            var entry in Story
                .Of(events.Select(logged => TimelineReader.Tell(logged, catalog)))
                .OrderBy(entry => entry.HappenedAt)
                .ThenBy(entry => entry.Position)
        )
            text.Append($"| {UtcText.Plain(entry.HappenedAt)} | {Safe(entry.Actor)} | {Safe(entry.Text)} |\n");
        return text.ToString();
    }

    private static string Length(TimeSpan length) =>
        length.Days == 0
            ? length.ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{length.Days} d {length:hh\\:mm\\:ss}");

    private static void AppendRuns(StringBuilder text, IReadOnlyList<(LogEvent Event, object? Fact)> read)
    {
        var runs = read.Where(entry => entry.Fact is RunFact).GroupBy(entry => entry.Event.Stream.Value, StringComparer.Ordinal).ToList();
        if (runs.Count == 0)
            text.Append("No runbook was run.\n\n");
        foreach (var run in runs)
        {
            var name = run.Select(entry => entry.Fact).OfType<RunFact.Started>().FirstOrDefault()?.Runbook ?? "?";
            text.Append($"### Runbook {Safe(name)} ({Safe(run.Key)})\n\n");
            foreach (var (_, fact) in run)
            {
                if (fact is RunFact.StepEnded or RunFact.Decided or RunFact.Ended)
                    text.Append($"- {Safe(Sentences.Of((RunFact)fact) ?? "")}\n");
            }

            text.Append('\n');
        }
    }

    /// <summary>What people and machines wrote must stay text: no HTML, no links, no broken table.</summary>
    public static string Safe(string text)
    {
        var safe = new StringBuilder(text.Length + 8);
        foreach (var letter in text)
        {
            switch (letter)
            {
                case '&':
                    safe.Append("&amp;");
                    break;
                case '<':
                    safe.Append("&lt;");
                    break;
                case '>':
                    safe.Append("&gt;");
                    break;
                case '\r' or '\n':
                    safe.Append(' ');
                    break;
                case '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '#' or '!' or '~':
                    safe.Append('\\').Append(letter);
                    break;
                default:
                    safe.Append(letter);
                    break;
            }
        }

        return safe.ToString();
    }
}
