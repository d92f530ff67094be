using Bot.Incidents;
using Bot.Log;

namespace Bot.Access;

/// <summary>
/// Who may see a private incident: administrators, who declared it, who has a role or a task in it, and who is called for it
/// (by name, group or role); in its own room whoever is in there, which the platform sees to. For everybody else it does not exist.
/// </summary>
internal static class Sight
{
    public static bool Sees(this Caller caller, Incident incident)
    {
        if (!caller.May(Role.Viewer))
            return false;
        if (!incident.Private || caller.May(Role.Admin) || incident.DeclaredBy == caller.Actor.ToString())
            return true;
        // Also of one that is over, whose room has become another one's: its story stands there for all who are in it.
        if (caller.InRoom is { } room && incident.Rooms.GetValueOrDefault(room.Platform) == room.Name)
            return true;
        // A token named like a person is still not that person.
        var isInvolved = caller.Actor.IsPerson && (HasRole(incident, caller.Actor) || HasTask(incident, caller.Actor));
        return isInvolved || incident.Targets.Any(caller.IsCalled);
    }

    private static bool HasRole(Incident incident, Actor person) => incident.Roles.ContainsValue(person.Name);

    private static bool HasTask(Incident incident, Actor person) => incident.Tasks.Exists(task => task.Assignee == person.Name);
}
