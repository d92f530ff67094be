using ArchUnitNET.Domain;

namespace Tests.Architecture;

/// <summary>
/// The floors of a project: a folder uses only folders below it, or to its right on the same floor. Written as a list from
/// the top; a folder that is in no floor fails, so that nobody adds a room without saying where it stands.
/// </summary>
internal sealed class Floors(string root, IReadOnlyList<string[]> fromTheTop, IReadOnlySet<string> beside)
{
    /// <summary>Every use that goes up or to the left, as <c>Storage/SqliteStore uses Desk/IDesk</c>.</summary>
    public IReadOnlyList<string> Broken(ArchUnitNET.Domain.Architecture architecture)
    {
        var broken = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in architecture.Types)
        {
            if (FolderOf(type) is not { } folder || beside.Contains(folder))
                continue;
            if (Place(folder) is not { } from)
            {
                broken.Add($"{folder} stands on no floor");
                continue;
            }

            foreach (var target in type.Dependencies.Select(dependency => dependency.Target))
            {
                if (FolderOf(target) is { } other && other != folder && Place(other) is { } to && !May(from, to))
                    broken.Add($"{folder}/{type.Name} uses {other}/{target.Name}");
            }
        }

        return [.. broken];
    }

    private static bool May((int Floor, int Room) from, (int Floor, int Room) to) =>
        to.Floor > from.Floor || (to.Floor == from.Floor && to.Room > from.Room);

    private (int Floor, int Room)? Place(string folder)
    {
        for (var floor = 0; floor < fromTheTop.Count; floor++)
        {
            if (Array.IndexOf(fromTheTop[floor], folder) is var room and >= 0)
                return (floor, room);
        }

        return null;
    }

    private string? FolderOf(IType type)
    {
        var name = type.Namespace?.FullName ?? "";
        return name.StartsWith(root + ".", StringComparison.Ordinal) ? name[(root.Length + 1)..].Split('.')[0] : null;
    }
}
