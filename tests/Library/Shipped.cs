using Bot.Runs;
using Tests.Support;

namespace Tests.Library;

/// <summary>The runbooks that ship: whatever lies in their folder.</summary>
internal static class Shipped
{
    private static readonly string Folder = Path.Combine(SourceTree.Root, "runbooks", "library");

    public static IReadOnlyList<string> Names { get; } =
    [
        .. Directory
            .EnumerateFiles(Folder, "*.yaml")
            .Where(file => !RunbookTree.IsTest(file))
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal),
    ];

    public static string FileOf(string name) => Path.Combine(Folder, name + ".yaml");
}
