using Bot.Desk;
using Bot.Incidents;

namespace Bot.Commands;

internal sealed class MonitorCommand(IDesk desk)
    : MoveCommand(
        desk,
        "monitor",
        IncidentState.Monitoring,
        "The harm has ended; watch whether it stays so",
        "monitoring",
        "mitigated",
        "mitigate"
    );
