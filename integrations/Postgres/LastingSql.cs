using System.Text.RegularExpressions;
using Npgsql;

namespace Integrations.Postgres;

/// <summary>
/// Statements of which a part may stay although they fail: those that commit on the way, as <c>call</c>, <c>do</c> and what cannot run in a
/// transaction block (https://www.postgresql.org/docs/current/sql-call.html, sql-do, sql-createindex "CONCURRENTLY"), and functions that act on
/// something other than tables: those that are named, and whatever code a query calls. Any other one is taken back as a whole with its error.
/// </summary>
internal static partial class LastingSql
{
    public static bool MayHaveStayed(string sql, PostgresException fault)
    {
        var commits = CommitsOnTheWay().Match(sql);
        var runsCode = commits.Groups["code"].Success || ReadOnlySql.ActingFunction(sql) is not null;
        return ((commits.Success || runsCode) && !WasNotBegun(fault, runsCode)) || (ReadOnlySql.IsQuery(sql) && CameOfCode(fault));
    }

    // What a function's code did is its own affair: behind its name may be any of those that act. That of a trigger, which has a context, too, is
    // not looked for: plain changes of tables are what `sql` is mostly for.
    private static bool CameOfCode(PostgresException fault) => fault.Where is { Length: > 0 } context && !OfData().IsMatch(context);

    // An error that points at a place in the statement itself, and not in a function of it, is that of its reading. So is one about its names
    // and the rights to them (https://www.postgresql.org/docs/current/errcodes-appendix.html, classes 3D, 3F and 42), where it runs nobody's
    // code, which may say the same at any time: all are looked up before the first one is acted on.
    private static bool WasNotBegun(PostgresException fault, bool runsCode) =>
        string.IsNullOrEmpty(fault.Where) && (fault.Position > 0 || (!runsCode && fault.SqlState[..2] is "3D" or "3F" or "42"));

    // A context in the server's language; those that it gives of data, without any code, in English.
    [GeneratedRegex(
        @"\A(?:JSON data, line |(?:unnamed )?portal |COPY |parallel worker\z)",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex OfData();

    // After blanks and comments; whether a name or a text only reads like one of them is not asked: then a person is.
    [GeneratedRegex(
        """
            \A(?:\s|--[^\n]*\n|/\*(?:[^*]|\*+[^*/])*\*+/)*
                (?:(?<code>call|do)|copy|vacuum|cluster|reindex|(?:create|alter|drop)\s+(?:database|tablespace|subscription|system))\b
            | \b(?:concurrently|finalize)\b
            """,
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace | RegexOptions.NonBacktracking
    )]
    private static partial Regex CommitsOnTheWay();
}
