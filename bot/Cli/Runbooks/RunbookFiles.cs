using Bot.Runs;

namespace Bot.Cli.Runbooks;

/// <summary>Which files a command means by its paths: a file itself, or all that lie under a folder.</summary>
internal static class RunbookFiles
{
    /// <summary>
    /// Runbooks and their tests, in the order of the paths given, below a folder in that of their own; without arguments those of
    /// <c>Runbooks:Paths</c>.
    /// </summary>
    /// <returns>Null with a sentence where a path is not there.</returns>
    public static (IReadOnlyList<RunbookFile>? Files, string? Missing) Find(IReadOnlyList<string> paths, IConfiguration configuration)
    {
        if (paths.Count == 0)
            paths = Configured(configuration);
        var files = new List<RunbookFile>();
        foreach (var path in paths)
        {
            if (File.Exists(path))
                files.Add(new RunbookFile(path, Folder: null));
            else if (Directory.Exists(path))
                files.AddRange(RunbookTree.Under(path).Select(file => new RunbookFile(file, path)));
            else
                return (null, $"There is no file or folder {path}.");
        }

        return ([.. files.DistinctBy(file => file.Path, StringComparer.Ordinal)], null);
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

/// <param name="Folder">Under which it was found, as it was given; null: the file itself was given.</param>
internal sealed record RunbookFile(string Path, string? Folder);
