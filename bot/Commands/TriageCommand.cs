using Bot.Desk;
using Bot.Incidents;

namespace Bot.Commands;

internal sealed class TriageCommand(IDesk desk)
    : MoveCommand(desk, "triage", IncidentState.Triage, "Back to triage: what this is, is open again");
