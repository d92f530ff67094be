using Bot.Incidents;
using Integrations;
using Runbooks.Running;

namespace Bot.Commands;

/// <summary>
/// An incident at a glance, with what can be done now. Every button is a typed command that names the incident: a card may be read
/// outside of its room, and stands there still when the room has become another incident's.
/// </summary>
internal static class IncidentCard
{
    /// <param name="room">Where its room is on the platform that shows it, for who reads it elsewhere; null: none, or it is read there.</param>
    public static Card Of(Incident incident, DateTimeOffset now, string? room = null) =>
        new($"{incident.Id}: {incident.Title}", Line(incident))
        {
            Room = room,
            Priority = CardPriority.State,
            Fields =
            [
                new CardField("State", incident.State.Word()),
                new CardField("Severity", incident.Severity.Word()),
                new CardField("Commander", incident.Commander ?? (incident.IsOpen ? "NOBODY – take it: /incident lead me" : "nobody")),
                new CardField(
                    "Acknowledged",
                    (incident.AcknowledgedAt is { } at ? $"{incident.AcknowledgedBy} at {UtcText.OfDay(at)}" : "not yet")
                        + (
                            incident is { IsOpen: true, AwaitsAcknowledgement: true, Flaps: > 0 }
                                ? "; CALLING AGAIN since an alert re-opened it"
                                : ""
                        )
                        + (incident.CallTrouble is { } trouble ? $"; {trouble.ToUpperInvariant()}" : "")
                ),
                new CardField("Alerts", incident.Alerts == 0 ? "none" : $"{incident.Alerts} in all, {incident.Firing} firing"),
                .. incident.RoomTrouble is { } refused
                    ? [new CardField("Channel", Prose.Join(refused, "See /incident room"))]
                    : Array.Empty<CardField>(),
                .. incident.Related.IsEmpty
                    ? Array.Empty<CardField>()
                    : [new CardField("Related", string.Join(", ", incident.Related.Select(other => $"inc-{other}")))],
                new CardField("Age", Age(now - incident.DeclaredAt)),
                new CardField("Last update", incident.LastUpdateAt is { } last ? $"{Age(now - last)} ago" : "none yet"),
            ],
            Buttons = [.. Buttons(incident).Select(button => Named(button, incident.Id))],
            Menus = incident.IsOpen ? [Status(incident), Severities(incident)] : [],
        };

    /// <summary>The incident comes right after a command's own word: <c>/incident task inc-1 add</c>.</summary>
    public static string Named(string command, string incident)
    {
        var words = command.Split(' ', 3);
        return string.Join(' ', [.. words.Take(2), incident, .. words.Skip(2)]);
    }

    /// <summary>As <see cref="Named(string, string)"/>: what it sends, and what its form does.</summary>
    public static CardButton Named(CardButton button, string incident) =>
        button with
        {
            Command = Named(button.Command, incident),
            Form = button.Form is { } form ? form with { Command = Named(form.Command, incident) } : null,
        };

    /// <summary>The incident in one line.</summary>
    public static string Line(Incident incident) =>
        $"{incident.Id} · {incident.Severity.Word()} · {incident.State.Word()} · "
        + (
            incident.Commander is { } commander ? $"lead {commander}"
            : incident.IsOpen ? "NO COMMANDER"
            : "no commander"
        )
        + $" · {incident.Title}";

    private static IEnumerable<CardButton> Buttons(Incident incident)
    {
        if (!incident.IsOpen)
        {
            if (incident.State is IncidentState.Resolved or IncidentState.Closed)
                yield return new CardButton("Re-open", "/incident reopen", Form: ReopenCommand.Questions);
            if (incident.State is IncidentState.Resolved)
                yield return new CardButton("Close", "/incident close");
            yield return new CardButton("Postmortem", "/incident postmortem");
            yield return new CardButton("Timeline", "/incident timeline");
            yield break;
        }

        if (incident.AwaitsAcknowledgement)
            yield return new CardButton("Acknowledge", "/incident ack", ButtonStyle.Primary);
        if (incident.Commander is null)
            yield return new CardButton("Take the lead", $"/incident lead me --{CommanderCommand.Vacant}", ButtonStyle.Primary);
        foreach (var proposed in incident.Proposed.Where(one => one.Run is null))
            yield return RunCommand.ButtonOf(proposed, ButtonStyle.Plain);
        yield return new CardButton("Update", "/incident update", Form: UpdateCommand.Questions);
        if (incident.Commander is not null)
            yield return new CardButton("Hand over", "/incident handover", Form: HandoverCommand.Questions);
        yield return new CardButton("Roles", "/incident roles");
        yield return new CardButton("Tasks", "/incident task list");
        yield return new CardButton("Resolve", "/incident resolve", ButtonStyle.Danger, ResolveCommand.Questions);
    }

    private static CardMenu Status(Incident incident) =>
        new(
            "Status",
            [
                new CardChoice("investigating", $"/incident investigate {incident.Id}"),
                new CardChoice("identified", $"/incident identify {incident.Id}"),
                new CardChoice("monitoring", $"/incident monitor {incident.Id}"),
            ],
            incident.State.Word()
        );

    private static CardMenu Severities(Incident incident) =>
        new(
            "Severity",
            [
                .. Enum.GetValues<Severity>()
                    .Where(severity => severity is not Severity.Unset)
                    .Select(severity => new CardChoice(severity.Word(), $"/incident severity {incident.Id} {severity.Word()}")),
            ],
            incident.Severity.Word()
        );

    private static string Age(TimeSpan age) =>
        age.TotalDays >= 1 ? $"{(int)age.TotalDays} d {age.Hours} h"
        : age.TotalHours >= 1 ? $"{(int)age.TotalHours} h {age.Minutes} min"
        : age.TotalMinutes >= 1 ? $"{(int)age.TotalMinutes} min"
        : $"{Math.Max(0, (int)age.TotalSeconds)} s";
}
