using Bot.Desk;
using Bot.Incidents;

namespace Bot.Commands;

internal sealed class CancelCommand(IDesk desk)
    : MoveCommand(desk, "cancel", IncidentState.Cancelled, "It was declared by mistake", "cancelled", "canceled");
