using Bot.Desk;
using Bot.Incidents;

namespace Bot.Commands;

internal sealed class ResolveCommand(IDesk desk) : MoveCommand(desk, "resolve", IncidentState.Resolved, "It is over", "resolved");
