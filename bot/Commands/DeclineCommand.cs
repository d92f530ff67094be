using Bot.Desk;
using Bot.Incidents;

namespace Bot.Commands;

internal sealed class DeclineCommand(IDesk desk) : MoveCommand(desk, "decline", IncidentState.Declined, "It was no incident", "declined");
