namespace Bot.Cli.Runbooks;

/// <summary>Which files a command means by its paths: a file itself, or all that lie under a folder.</summary>
internal static class RunbookFiles
{
    public const string TestEnding = ".test.yaml";

    /// <summary>Runbooks and their tests, in the order of their paths; without arguments those of <c>Runbooks:Paths</c>.</summary>
    /// <returns>Null with a sentence where a path is not there.</returns>
    public static (IReadOnlyList<string>? Files, string? Missing) Find(IReadOnlyList<string> paths, IConfiguration configuration)
    {
        if (paths.Count == 0)
            paths =
            [
                .. configuration
                    .GetSection("Runbooks:Paths")
                    .GetChildren()
                    .Select(path => path.Value)
                    .OfType<string>()
                    .Where(Directory.Exists)
                    .Select(FromHere),
            ];
        var files = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            if (File.Exists(path))
                files.Add(path);
            else if (Directory.Exists(path))
                files.UnionWith(Under(new DirectoryInfo(path), path));
            else
                return (null, $"There is no file or folder {path}.");
        }

        return ([.. files], null);
    }

    public static bool IsTest(string path) => path.EndsWith(TestEnding, StringComparison.Ordinal);

    /// <summary>The runbook that a test is beside.</summary>
    public static string RunbookOf(string test) => test[..^TestEnding.Length] + ".yaml";

    public static string TestOf(string runbook) => Path.ChangeExtension(runbook, null) + TestEnding;

    // Shorter to read, and what an editor or a CI can open.
    private static string FromHere(string path)
    {
        var relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    // Hidden folders hold what belongs to tools: .git, .github.
    private static IEnumerable<string> Under(DirectoryInfo folder, string path) =>
        folder
            .EnumerateFiles("*.yaml")
            .Select(file => Path.Combine(path, file.Name))
            .Concat(
                folder
                    .EnumerateDirectories()
                    .Where(inner => !inner.Name.StartsWith('.'))
                    .SelectMany(inner => Under(inner, Path.Combine(path, inner.Name)))
            );
}
