using Bot.Access;
using Bot.Commands;
using Bot.Incidents;
using Integrations;

namespace Bot.Web.Chat;

/// <summary>
/// The buttons of an incident: its discovered commands that the caller may use, those that fit its state first. A command
/// with a form asks before it is sent; one that needs words but has no form stays a thing to type.
/// </summary>
internal static class IncidentActions
{
    public static IReadOnlyList<CardButton> For(Incident incident, Caller caller, IEnumerable<IChatCommand> commands)
    {
        var known = commands
            .Where(command => command.InChannel && caller.May(command.Needs))
            .ToDictionary(command => command.Word, StringComparer.Ordinal);
        var buttons = new List<CardButton>();
        foreach (var (word, label, style) in Wanted(incident))
        {
            if (known.TryGetValue(word, out var command))
                buttons.Add(new CardButton(label, "/incident " + word, style, command.Form));
        }

        return buttons;
    }

    private static IEnumerable<(string Word, string Label, ButtonStyle Style)> Wanted(Incident incident)
    {
        if (!incident.IsOpen)
        {
            if (incident.State is IncidentState.Resolved)
            {
                yield return ("reopen", "Re-open", ButtonStyle.Plain);
                yield return ("close", "Close", ButtonStyle.Primary);
            }

            yield return ("note", "Note", ButtonStyle.Plain);
            yield break;
        }

        if (incident.AcknowledgedAt is null)
            yield return ("ack", "Acknowledge", ButtonStyle.Primary);
        if (incident.Commander is null)
            yield return ("commander", "Take the lead", ButtonStyle.Primary);
        else
            yield return ("handover", "Hand over", ButtonStyle.Plain);
        if (incident.State < IncidentState.Investigating)
            yield return ("investigate", "Investigate", ButtonStyle.Plain);
        if (incident.State < IncidentState.Identified)
            yield return ("identify", "Cause found", ButtonStyle.Plain);
        if (incident.State < IncidentState.Monitoring)
            yield return ("monitor", "Mitigated", ButtonStyle.Plain);
        yield return ("resolve", "Resolve", ButtonStyle.Plain);
        yield return ("severity", "Severity", ButtonStyle.Plain);
        yield return ("update", "Post update", ButtonStyle.Plain);
        yield return ("note", "Note", ButtonStyle.Plain);
        yield return ("task", "Task", ButtonStyle.Plain);
        yield return ("run", "Run a runbook", ButtonStyle.Plain);
        yield return ("role", "Role", ButtonStyle.Plain);
        yield return ("page", "Call", ButtonStyle.Plain);
        if (incident.State is IncidentState.Triage)
            yield return ("decline", "Decline", ButtonStyle.Danger);
        yield return ("cancel", "Cancel", ButtonStyle.Danger);
    }
}
