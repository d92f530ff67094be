using Bot.Desk;
using Bot.Incidents;

namespace Bot.Commands;

internal sealed class InvestigateCommand(IDesk desk)
    : MoveCommand(desk, "investigate", IncidentState.Investigating, "Somebody looks for the cause", "investigating");
