using System.Text.RegularExpressions;
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

    /// <summary>One of them as somebody keeps it who wrote their own default of an input into it.</summary>
    /// <returns>Its folder, in that of the test.</returns>
    public static string With(string folder, string name, string input, string value)
    {
        var kept = Directory.CreateDirectory(Path.Combine(folder, "runbooks")).FullName;
        var text = File.ReadAllText(FileOf(name));
        var changed = Regex.Replace(text, $"""(?<=\n  {input}: .* default: ")[^"]*""", value, RegexOptions.None, TimeSpan.FromSeconds(5));
        changed.ShouldNotBe(text, $"{name} has no default of '{input}'");
        File.WriteAllText(Path.Combine(kept, name + ".yaml"), changed);
        return kept;
    }
}
