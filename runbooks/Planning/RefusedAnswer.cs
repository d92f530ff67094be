using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Expressions;

namespace Runbooks.Planning;

/// <summary>
/// Whether who was refused has looked, so that what came back is an answer, or could not look (docs/adr/0072): who is told 403 or has no <c>psql</c> sees
/// nothing, whether it is there or not.
/// </summary>
public static class RefusedAnswer
{
    // By which a condition shows that it has thought of such an end.
    private static readonly string[] Ends = ["status", "exit-code", "ok"];

    // What is asked about is not there, or is another by now (RFC 9110, 15.5).
    private static readonly int[] Missing = [404, 410, 412];

    // What runs a command says from here on how that ended: its time was over (timeout(1)), it is not executable, not found, or was killed (POSIX.1-2024,
    // Shell Command Language, 2.8.2).
    private const int Others = 124;

    /// <summary>To a condition on the result.</summary>
    public static bool To(Expression condition, ActionResult.Failed failed) =>
        failed.Result is not null
        && (
            // What came of a typed look is what it saw.
            failed.CodeOfEnd
                is null
            || References.To("result", condition.Text).Any(name => Ends.Contains(name, StringComparer.OrdinalIgnoreCase))
        );

    /// <summary>To a check, whose success is the yes where it has no condition.</summary>
    public static bool To(CheckDefinition check, ActionResult.Failed failed)
    {
        if (check.DoneWhen is { } condition)
            return To(condition, failed);
        if (failed.CodeOfEnd is not { } code)
            return failed.Result is not null;
        return failed.HasExited ? code is > 0 and < Others : Missing.Contains(code);
    }
}
