using System.Text.RegularExpressions;

namespace Bot.Runs;

/// <summary>What a file calls its runbook, also where the file has problems.</summary>
internal static partial class RunbookNames
{
    /// <returns>Null: no line of it says so.</returns>
    public static string? In(string text) => Line().Match(text) is { Success: true } line ? line.Groups["name"].Value : null;

    [GeneratedRegex(
        """^runbook:[ ]*["']?(?<name>[a-z0-9-]{1,100})""",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Line();
}
