using Runbooks.Actions;
using Runbooks.Definition;

namespace Runbooks.Planning;

/// <summary>
/// Whether a <c>check</c> that was refused has looked, so that its answer is a no, or could not look, which is none (docs/adr/0072). Who is told 403
/// or has no <c>psql</c> sees no effect either, whether it is there or not.
/// </summary>
internal static class CheckAnswer
{
    // By which a condition shows that it has thought of such an end.
    private static readonly string[] Ends = ["status", "exit-code", "ok"];

    // What is asked about is not there, or is another by now (RFC 9110, 15.5).
    private static readonly int[] Missing = [404, 410, 412];

    // POSIX.1-2024, Shell Command Language, 2.8.2: not executable, not found; from 128 on it was killed.
    private const int NotFound = 126;

    public static bool IsIn(CheckDefinition check, ActionResult.Failed failed)
    {
        // What came of a typed look is what it saw.
        if (failed.CodeOfEnd is not { } code)
            return failed.Result is not null;
        if (check.DoneWhen is { } condition)
            return failed.Result is not null
                && References.To("result", condition.Text).Any(name => Ends.Contains(name, StringComparer.OrdinalIgnoreCase));
        return failed.HasExited ? code is > 0 and < NotFound : code < 400 || Missing.Contains(code);
    }
}
