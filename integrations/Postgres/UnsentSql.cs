using System.Text.RegularExpressions;

namespace Integrations.Postgres;

/// <summary>What a step that is one statement on a connection of its own cannot do: open or end a transaction, and stream rows.</summary>
internal static partial class UnsentSql
{
    /// <returns>What it must be instead; null: it can be sent.</returns>
    public static string? Problem(string sql)
    {
        if (Transaction().Match(sql) is { Success: true } match && !match.Groups["prepared"].Success)
        {
            return $"one statement, in a transaction of its own, and '{match.Groups["word"].Value}' would do nothing: "
                + "put what belongs together in one statement, as `with … as (update …) insert …`, or in a function";
        }

        // Of 'to stdout' in a text or a comment nothing is streamed.
        return Copy().IsMatch(sql) && Streamed().Match(Quoted().Replace(sql, " ")) is { Success: true, Value: var way }
            ? $"a statement other than 'copy … {way}', whose rows go to or come from the client: read with postgres/query@1, write with `insert`"
            : null;
    }

    // `commit prepared` and `rollback prepared` do end one that somebody else has left.
    [GeneratedRegex(
        """
            \A(?:\s|--[^\n]*\n|/\*(?:[^*]|\*+[^*/])*\*+/)*
                (?<word>begin|start\s+transaction|commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b(?<prepared>\s+prepared\b)?
            """,
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace | RegexOptions.NonBacktracking
    )]
    private static partial Regex Transaction();

    [GeneratedRegex(
        @"\A(?:\s|--[^\n]*\n|/\*(?:[^*]|\*+[^*/])*\*+/)*copy\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Copy();

    [GeneratedRegex(
        @"\b(?:to|from)\s+(?:stdout|stdin)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Streamed();

    [GeneratedRegex(
        """'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*(?:[^*]|\*+[^*/])*\*+/""",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Quoted();
}
