using System.Globalization;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

/// <summary>An incident at a glance, with what can be done now; every button is a typed command.</summary>
internal static class IncidentCard
{
    public static Card Of(Incident incident, DateTimeOffset now) =>
        new($"{incident.Id}: {incident.Title}", Line(incident))
        {
            Priority = CardPriority.State,
            Fields =
            [
                new CardField("State", incident.State.Word()),
                new CardField("Severity", incident.Severity.Word()),
                new CardField("Commander", incident.Commander ?? (incident.IsOpen ? "NOBODY – take it: /incident lead me" : "nobody")),
                new CardField(
                    "Acknowledged",
                    (incident.AcknowledgedAt is { } at ? $"{incident.AcknowledgedBy} at {Clock(at)}" : "not yet")
                        + (
                            incident is { IsOpen: true, AwaitsAcknowledgement: true, Flaps: > 0 }
                                ? "; CALLING AGAIN since an alert re-opened it"
                                : ""
                        )
                        + (incident.CallTrouble is { } trouble ? $"; {trouble.ToUpperInvariant()}" : "")
                ),
                new CardField("Alerts", incident.Alerts == 0 ? "none" : $"{incident.Alerts} in all, {incident.Firing} firing"),
                .. incident.RoomTrouble is { } refused
                    ? [new CardField("Channel", $"{refused} See /incident room")]
                    : Array.Empty<CardField>(),
                .. incident.Related.IsEmpty
                    ? Array.Empty<CardField>()
                    : [new CardField("Related", string.Join(", ", incident.Related.Select(other => $"inc-{other}")))],
                new CardField("Age", Age(now - incident.DeclaredAt)),
                new CardField("Last update", incident.LastUpdateAt is { } last ? $"{Age(now - last)} ago" : "none yet"),
            ],
            Buttons = [.. Buttons(incident)],
            Menus = incident.IsOpen ? [Status(incident.State), Severities(incident.Severity)] : [],
        };

    /// <summary>As <see cref="Of"/>, for wherever it is read outside of its room: there each command has to name the incident.</summary>
    /// <param name="room">Where its room is on the platform that shows it; null: none there.</param>
    public static Card Anywhere(Incident incident, DateTimeOffset now, string? room)
    {
        var card = Of(incident, now);
        return card with
        {
            Room = room,
            Buttons =
            [
                // A runbook is for the incident in whose room it is started.
                .. card
                    .Buttons.Where(button => !button.Command.StartsWith("/incident run ", StringComparison.Ordinal))
                    .Select(button => button with { Command = Named(button.Command, incident.Id), Form = Named(button.Form, incident.Id) }),
            ],
            Menus =
            [
                .. card.Menus.Select(menu =>
                    menu with
                    {
                        Choices = [.. menu.Choices.Select(choice => choice with { Command = Named(choice.Command, incident.Id) })],
                    }
                ),
            ],
        };
    }

    /// <summary>The incident comes right after a command's own word: <c>/incident task inc-1 add</c>.</summary>
    public static string Named(string command, string incident)
    {
        var words = command.Split(' ', 3);
        return string.Join(' ', [.. words.Take(2), incident, .. words.Skip(2)]);
    }

    /// <summary>The incident in one line.</summary>
    public static string Line(Incident incident) =>
        $"{incident.Id} · {incident.Severity.Word()} · {incident.State.Word()} · "
        + (
            incident.Commander is { } commander ? $"lead {commander}"
            : incident.IsOpen ? "NO COMMANDER"
            : "no commander"
        )
        + $" · {incident.Title}";

    private static Form? Named(Form? form, string incident) => form is null ? null : form with { Command = Named(form.Command, incident) };

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
            yield return new CardButton("Take the lead", "/incident lead me", ButtonStyle.Primary);
        foreach (var proposed in incident.Proposed.Where(one => one.Run is null))
            yield return RunCommand.ButtonOf(proposed, ButtonStyle.Plain);
        yield return new CardButton("Update", "/incident update", Form: UpdateCommand.Questions);
        if (incident.Commander is not null)
            yield return new CardButton("Hand over", "/incident handover", Form: HandoverCommand.Questions);
        yield return new CardButton("Roles", "/incident roles");
        yield return new CardButton("Tasks", "/incident task list");
        yield return new CardButton("Resolve", "/incident resolve", ButtonStyle.Danger, ResolveCommand.Questions);
    }

    private static CardMenu Status(IncidentState current) =>
        new(
            "Status",
            [
                new CardChoice("investigating", "/incident investigate"),
                new CardChoice("identified", "/incident identify"),
                new CardChoice("monitoring", "/incident monitor"),
            ],
            current.Word()
        );

    private static CardMenu Severities(Severity current) =>
        new(
            "Severity",
            [
                .. Enum.GetValues<Severity>()
                    .Where(severity => severity is not Severity.Unset)
                    .Select(severity => new CardChoice(severity.Word(), $"/incident severity {severity.Word()}")),
            ],
            current.Word()
        );

    private static string Clock(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    private static string Age(TimeSpan age) =>
        age.TotalDays >= 1 ? $"{(int)age.TotalDays} d {age.Hours} h"
        : age.TotalHours >= 1 ? $"{(int)age.TotalHours} h {age.Minutes} min"
        : age.TotalMinutes >= 1 ? $"{(int)age.TotalMinutes} min"
        : $"{Math.Max(0, (int)age.TotalSeconds)} s";
}
