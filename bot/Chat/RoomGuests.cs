using Bot.Incidents;
using Bot.Log;
using Bot.Storage;

namespace Bot.Chat;

/// <summary>
/// Who is to be invited into an incident's room, each for a reason of its own: whoever left comes back for a new one only (docs/adr/0079).
/// </summary>
/// <inheritdoc cref="RoomPlan" path="/param"/>
internal sealed class RoomGuests(
    ChatOptions options,
    Func<string, string?> personOf,
    Func<string, IReadOnlyList<string>> peopleIn,
    Func<string, IReadOnlyList<string>?> membersOf
)
{
    private const string AskedReason = "asked/";
    private const string GroupReason = "group/";

    /// <returns>
    /// Who is to be invited; who was, for a reason that is over; and the groups of which nobody has said who is in them.
    /// </returns>
    public (IReadOnlyList<Invite> New, IReadOnlyList<Invite> Gone, IReadOnlyList<string> Unknown) Of(RoomSight sight)
    {
        var groups = GroupsOf(sight).ToList();
        var wanted = People(sight, groups).ToHashSet();
        // While nobody has said who is in a group, who was in it counts.
        var unknown = groups.Where(group => membersOf(group.Name) is null).ToList();
        var gone = sight.Invited.Where(invite => !wanted.Contains(invite) && unknown.All(group => group.Reason != invite.Reason));
        // Of one that is over nobody wants to hear who is in no way part of it but by a group.
        var isOpen = sight.Incident.IsOpen;
        var missing = wanted.Where(invite =>
            !sight.Invited.Contains(invite) && (isOpen || groups.All(group => group.Reason != invite.Reason))
        );
        var asked = unknown.Where(group => isOpen && sight.Invited.All(invite => invite.Reason != group.Reason));
        return ([.. missing], [.. gone], [.. asked.Select(group => group.Name)]);
    }

    /// <summary>Whether somebody is invited for themselves, and not as one of a group.</summary>
    public static bool IsNamed(Invite invite) =>
        !invite.Reason.StartsWith(GroupReason, StringComparison.Ordinal)
        && !invite.Reason.StartsWith(AskedReason, StringComparison.Ordinal);

    /// <summary>The person who declared an incident; null: an alert or a token did.</summary>
    public static string? Declarer(Incident incident) => Actor.Parse(incident.DeclaredBy) is { IsPerson: true } actor ? actor.Name : null;

    private IEnumerable<Invite> People(RoomSight sight, IReadOnlyList<(string Name, string Reason)> groups)
    {
        var incident = sight.Incident;
        var named = incident
            .Roles.Select(role => (Name: role.Value, Reason: $"role/{role.Key.Word()}"))
            .Concat(incident.Targets.Where(target => target.Kind is "user").Select(target => (target.Name, Reason: "called")));
        if (Declarer(incident) is { } declarer)
            named = named.Append((declarer, "declared"));
        return named
            .Select(one => (Id: personOf(one.Name), one.Reason))
            .Where(one => one.Id is not null)
            .Select(one => new Invite(one.Id!, one.Reason))
            .Concat(
                groups.SelectMany(group =>
                    (membersOf(group.Name) ?? [])
                        .Concat(group.Reason.StartsWith(AskedReason, StringComparison.Ordinal) ? peopleIn(group.Name) : [])
                        .Select(person => new Invite(person, group.Reason))
                )
            );
    }

    // Whoever is not in the room is not notified by what is said there.
    private IEnumerable<(string Name, string Reason)> GroupsOf(RoomSight sight) =>
        sight
            .Incident.Targets.Where(target => target.Kind is "group")
            .Select(target => target.Name)
            .Concat(sight.Incident.Private ? [] : options.InviteGroups)
            .Select(group => (group, GroupReason + group))
            .Concat(sight.Incident.Private ? [] : Asked(sight).Select(group => (group, AskedReason + group)))
            .Distinct();

    private static IEnumerable<string> Asked(RoomSight sight) =>
        sight.Runs.SelectMany(run => run.WaitingFor).SelectMany(wait => wait.Wait.From).Distinct().Order(StringComparer.Ordinal);
}
