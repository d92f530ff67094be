using System.Text.RegularExpressions;

namespace Runbooks.Definition;

/// <summary>What an expression names of a context: <c>steps.pick.outputs</c> names <c>pick</c> of <c>steps</c>.</summary>
internal static partial class References
{
    /// <summary>Names that are written out, by a dot or in brackets.</summary>
    public static IEnumerable<string> To(string context, string expression) =>
        Named()
            .Matches(expression)
            .Where(match => match.Groups["context"].Value.Equals(context, StringComparison.OrdinalIgnoreCase))
            .Select(match => match.Groups["dotted"] is { Success: true } dotted ? dotted.Value : match.Groups["quoted"].Value)
            .Where(name => name.Length > 0);

    /// <summary>
    /// Whether the context is used as a whole, so that nobody can say which of its names are meant; whether there is one at all asks for none.
    /// </summary>
    public static bool ToAllOf(string context, string expression) =>
        Named()
            .Matches(expression)
            .Any(match =>
                match.Groups["context"].Value.Equals(context, StringComparison.OrdinalIgnoreCase)
                && !match.Groups["dotted"].Success
                && !match.Groups["quoted"].Success
                && !match.Groups["tested"].Success
            );

    // A quoted text is taken whole, so that what stands in it is no name; a name after a dot is no context.
    [GeneratedRegex(
        """'(?:[^']|'')*'|(?<![\w.-])(?<context>[A-Za-z_][\w-]*)(?:\s*\.\s*(?<dotted>[A-Za-z_][\w-]*)|\s*\[\s*'(?<quoted>[^']*)'\s*\]|(?<tested>\s*[!=]=\s*null(?![\w.-])))?""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        Timeout.Infinite
    )]
    private static partial Regex Named();
}
