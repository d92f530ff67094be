using ArchUnitNET.Domain;

namespace Tests.Architecture;

/// <summary>The rules about who uses whom, each as the list of what breaks it; so that each can be shown something that does.</summary>
internal static class Rules
{
    // Outside of the process, its clock, its chance, its settings: what makes the same call give another answer.
    private static readonly string[] Impure =
    [
        "System.IO.",
        "System.Net.",
        "System.Data.",
        "System.Console",
        "System.Environment",
        "System.AppContext",
        "System.AppDomain",
        "System.TimeProvider",
        "System.Random",
        "System.Diagnostics.Process",
        "System.Diagnostics.Stopwatch",
        "System.Security.Cryptography.RandomNumberGenerator",
        "System.Threading.Thread",
        "System.Threading.Timer",
        "System.Threading.PeriodicTimer",
        "System.Threading.Tasks.Task",
        "System.Threading.Tasks.ValueTask",
        "Microsoft.Extensions.",
        "Microsoft.AspNetCore.",
    ];

    private static readonly string[] Databases = ["Dapper", "Npgsql", "Microsoft.Data.", "SQLitePCL", "FluentMigrator", "System.Data."];

    /// <summary>I/O, clock, chance, settings, tasks and threads in a pure room.</summary>
    public static IReadOnlyList<string> Impurities(ArchUnitNET.Domain.Architecture architecture, params string[] rooms) =>
        Uses(architecture, type => rooms.Any(room => IsIn(type, room)), target => StartsWithAny(target.FullName, Impure));

    /// <summary>A database spoken to outside of the rooms that may.</summary>
    public static IReadOnlyList<string> Queries(ArchUnitNET.Domain.Architecture architecture, string root, params string[] rooms) =>
        Uses(
            architecture,
            type => IsIn(type, root) && !rooms.Any(room => IsIn(type, room)),
            target => StartsWithAny(target.FullName, Databases)
        );

    /// <summary>A vendor's folder below this one that uses another vendor's.</summary>
    public static IReadOnlyList<string> Crossings(ArchUnitNET.Domain.Architecture architecture, string root) =>
        [
            .. from type in architecture.Types
            let vendor = RoomOf(type, root)
            where vendor is not null
            from dependency in type.Dependencies
            let other = RoomOf(dependency.Target, root)
            where other is not null && other != vendor
            group type by $"{type.FullName} uses {dependency.Target.FullName}" into crossing
            select crossing.Key,
        ];

    /// <summary>A type of the first root that uses a vendor's folder below the second, or has a vendor in its name.</summary>
    /// <param name="plain">Folders below the second root that are called after what they do.</param>
    public static IReadOnlyList<string> VendorsNamed(
        ArchUnitNET.Domain.Architecture architecture,
        string root,
        string vendors,
        params string[] plain
    )
    {
        var names = architecture.Types.Select(type => RoomOf(type, vendors)).OfType<string>().Except(plain).Distinct().ToList();
        return
        [
            .. Uses(architecture, type => IsIn(type, root), target => RoomOf(target, vendors) is not null),
            .. architecture
                .Types.Where(type => IsIn(type, root))
                .Select(type => type.FullName)
                .Where(name => names.Exists(vendor => name[root.Length..].Contains(vendor, StringComparison.OrdinalIgnoreCase))),
        ];
    }

    /// <summary>Classes that somebody might inherit from who was not asked to.</summary>
    public static IReadOnlyList<string> Open(IEnumerable<System.Type> types) =>
        [.. types.Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false }).Select(type => type.FullName!)];

    /// <summary>Names that say nothing of a job.</summary>
    public static IReadOnlyList<string> Empty(IEnumerable<System.Type> types)
    {
        string[] empty = ["Manager", "Helper", "Helpers", "Util", "Utils", "Common", "Misc"];
        return
        [
            .. types.Where(type => empty.Any(word => type.Name.EndsWith(word, StringComparison.Ordinal))).Select(type => type.FullName!),
        ];
    }

    private static List<string> Uses(ArchUnitNET.Domain.Architecture architecture, Func<IType, bool> from, Func<IType, bool> to) =>
        [
            .. architecture
                .Types.Where(from)
                .SelectMany(type =>
                    type.Dependencies.Where(dependency => to(dependency.Target))
                        .Select(dependency => $"{type.FullName} uses {dependency.Target.FullName}")
                )
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    private static bool IsIn(IType type, string room) => (type.Namespace?.FullName + ".").StartsWith(room + ".", StringComparison.Ordinal);

    private static string? RoomOf(IType type, string root) =>
        type.Namespace?.FullName is { } name && name.StartsWith(root + ".", StringComparison.Ordinal)
            ? name[(root.Length + 1)..].Split('.')[0]
            : null;

    private static bool StartsWithAny(string name, string[] starts) =>
        Array.Exists(starts, start => name.StartsWith(start, StringComparison.Ordinal));
}
