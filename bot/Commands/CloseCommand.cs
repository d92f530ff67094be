using Bot.Desk;
using Bot.Incidents;

namespace Bot.Commands;

internal sealed class CloseCommand(IDesk desk)
    : MoveCommand(desk, "close", IncidentState.Closed, "All work after the incident is done", "closed");
