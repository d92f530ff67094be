namespace Tests.Support;

/// <summary>The repository that the tests were built from.</summary>
internal static class SourceTree
{
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo? folder) =>
        folder is null ? throw new InvalidOperationException("The tests do not lie under the repository.")
        : File.Exists(Path.Combine(folder.FullName, "Incident.sln")) ? folder.FullName
        : Find(folder.Parent);
}
