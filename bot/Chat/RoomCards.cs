using Bot.Commands;
using Bot.Incidents;
using Integrations;
using Runbooks.Running;

namespace Bot.Chat;

/// <summary>The cards that stay in a room and are edited: the summary, the announcement, the progress of a run.</summary>
internal static class RoomCards
{
    private const int MostSteps = 40;

    /// <param name="address">The incident's page.</param>
    public static Card Summary(Incident incident, string address)
    {
        var card = IncidentCard.Of(incident, incident.ChangedAt);
        return card with
        {
            Text = $"{card.Text}\n{address}",
            // What only changes because time passes would be edited for ever.
            Fields =
            [
                .. card.Fields.Where(field => field.Name is not ("Age" or "Last update")),
                new CardField("Declared", Clock.Of(incident.DeclaredAt)),
                new CardField("Last update", incident.LastUpdateAt is { } last ? Clock.Of(last) : "none yet"),
                .. Tasks(incident),
            ],
        };
    }

    public static Card Announcement(Incident incident, string address) =>
        new($"{incident.Id}: {incident.Title}", $"{IncidentCard.Line(incident)}\n{address}") { Priority = CardPriority.State };

    public static Card Progress(RunState run, string address)
    {
        var steps = run
            .Steps.OrderBy(step =>
                step.Value.Attempts is [var first, ..]
                    ? first.StartedAt
                    : step.Value.Wait?.Since ?? step.Value.EndedAt ?? DateTimeOffset.MaxValue
            )
            .ThenBy(step => step.Key, StringComparer.Ordinal)
            .Select(step =>
                $"{Sign(step.Value)} {step.Key}"
                + (step.Value.Attempts.Count > 1 ? $" (attempt {step.Value.Attempts.Count})" : "")
                + (step.Value.Because is { Length: > 0 } because ? $": {because}" : "")
            )
            .ToList();
        var hidden = steps.Count - MostSteps;
        var shown = hidden > 0 ? steps.Skip(hidden).Prepend($"({hidden} earlier steps)") : steps;
        return new Card($"{run.Runbook}: {run.Phase.ToString().ToLowerInvariant()}", string.Join('\n', shown.Append(address)))
        {
            Priority = CardPriority.Progress,
            Fields =
            [
                new CardField("Run", run.Id),
                new CardField("Started by", run.StartedBy),
                .. run.Because is { Length: > 0 } why ? [new CardField("Because", why)] : Array.Empty<CardField>(),
            ],
            Buttons = run.IsOver ? [] : [new CardButton("Stop", $"/incident stop {run.Id} stopped from chat", ButtonStyle.Danger)],
        };
    }

    private static IEnumerable<CardField> Tasks(Incident incident)
    {
        if (incident.Tasks.Count > 0)
            yield return new CardField("Tasks", $"{incident.Tasks.Count(task => task.Done)} of {incident.Tasks.Count} done");
    }

    private static string Sign(StepState step) =>
        step.Outcome switch
        {
            StepOutcome.Success => "✓",
            StepOutcome.Failure => "✗",
            StepOutcome.Skipped => "–",
            StepOutcome.Running => "…",
            StepOutcome.Waiting or StepOutcome.Unknown => "?",
            _ => "·",
        };
}
