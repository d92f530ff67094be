using Bot.Runs;

namespace Bot.Cli.Runbooks;

/// <summary>Which files a command means by its paths: a file itself, or all that lie under a folder.</summary>
internal static class RunbookFiles
{
    /// <summary>Runbooks and their tests, in the order of their paths; without arguments those of <c>Runbooks:Paths</c>.</summary>
    /// <returns>Null with a sentence where a path is not there.</returns>
    public static (IReadOnlyList<string>? Files, string? Missing) Find(IReadOnlyList<string> paths, IConfiguration configuration)
    {
        if (paths.Count == 0)
            paths = Configured(configuration);
        var files = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            if (File.Exists(path))
                files.Add(path);
            else if (Directory.Exists(path))
                files.UnionWith(RunbookTree.Under(path));
            else
                return (null, $"There is no file or folder {path}.");
        }

        return ([.. files], null);
    }

    /// <summary>The folders of <c>Runbooks:Paths</c> that are there.</summary>
    public static IReadOnlyList<string> Configured(IConfiguration configuration) =>
        [
            .. configuration
                .GetSection("Runbooks:Paths")
                .GetChildren()
                .Select(path => path.Value)
                .OfType<string>()
                .Where(Directory.Exists)
                .Select(FromHere),
        ];

    /// <summary>The runbook that a test is beside.</summary>
    public static string RunbookOf(string test) => test[..^RunbookTree.TestEnding.Length] + ".yaml";

    public static string TestOf(string runbook) => Path.ChangeExtension(runbook, null) + RunbookTree.TestEnding;

    // Shorter to read, and what an editor or a CI can open.
    private static string FromHere(string path)
    {
        var relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
