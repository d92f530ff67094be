namespace Bot.Runs;

/// <summary>The files of a folder of runbooks, tests among them.</summary>
internal static class RunbookTree
{
    public const string TestEnding = ".test.yaml";

    /// <summary>In the order of their paths. What is hidden belongs to tools: .git, .github, a mounted ConfigMap's ..data.</summary>
    public static IEnumerable<string> Under(string folder) => All(folder).Order(StringComparer.Ordinal);

    public static bool IsTest(string path) => path.EndsWith(TestEnding, StringComparison.Ordinal);

    private static IEnumerable<string> All(string folder) =>
        Directory
            .EnumerateFiles(folder, "*.yaml")
            .Where(IsSeen)
            .Concat(Directory.EnumerateDirectories(folder).Where(IsSeen).SelectMany(All));

    private static bool IsSeen(string path) => !Path.GetFileName(path).StartsWith('.');
}
