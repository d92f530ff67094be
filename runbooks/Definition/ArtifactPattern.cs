using System.IO.Enumeration;

namespace Runbooks.Definition;

/// <summary>
/// A pattern of <c>artifacts</c>: names between slashes, below the folder that the script starts in. <c>*</c> and <c>?</c> stand for
/// letters of a name, <c>**</c> for any folders; none of them for a name that begins with a dot. A folder means all files in it.
/// </summary>
public static class ArtifactPattern
{
    public const string AnyFolders = "**";

    /// <returns>A sentence that says what is wrong with it, or null.</returns>
    public static string? Problem(string pattern)
    {
        var names = pattern.Split('/');
        return string.IsNullOrWhiteSpace(pattern) ? "'artifacts' has an empty path."
            : pattern.Contains("${{", StringComparison.Ordinal)
                ? $"'{pattern}' in 'artifacts' is taken as it is written, without ${{{{ }}}}: have the script name its files alike, and use '*'."
            : names[0] is "" or "~" || names.Contains("..") || pattern.Contains('\\', StringComparison.Ordinal) || pattern.Contains('\0')
                ? $"'{pattern}' in 'artifacts' must be a path below the folder that the script starts in, as 'report.txt' or 'logs/*.log'."
            : null;
    }

    /// <summary>Its names from the folder on; none: the folder itself.</summary>
    public static string[] Names(string pattern) => [.. pattern.Split('/').Where(name => name is not ("" or "."))];

    public static bool IsLiteral(string name) => name.AsSpan().IndexOfAny('*', '?') < 0;

    public static bool Matches(string pattern, string name) =>
        (name[0] != '.' || pattern[0] == '.') && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
