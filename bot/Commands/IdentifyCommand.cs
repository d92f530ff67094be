using Bot.Desk;
using Bot.Incidents;

namespace Bot.Commands;

internal sealed class IdentifyCommand(IDesk desk)
    : MoveCommand(desk, "identify", IncidentState.Identified, "The cause is known", "identified");
