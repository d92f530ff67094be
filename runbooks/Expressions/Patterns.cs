using System.Text.RegularExpressions;

namespace Runbooks.Expressions;

/// <summary><c>matches</c>: patterns that never go back, so that their cost is linear in the text.</summary>
internal static class Patterns
{
    private const int MaxLength = 1000;

    // Never reached by a pattern that long on a text that long; the last resort against a fault of the engine.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static bool Matches(Scope scope, string text, string pattern)
    {
        if (pattern.Length > MaxLength)
            throw Fault(pattern, $"it has {pattern.Length} characters, {MaxLength} are allowed.");
        scope.Work(text.Length);
        try
        {
            return Regex.IsMatch(text, pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Limit);
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException or RegexMatchTimeoutException)
        {
            throw Fault(pattern, fault.Message);
        }
    }

    private static ExpressionException Fault(string pattern, string why) =>
        new(ExpressionStage.Evaluation, $"'{ExpressionException.Short(pattern)}' is not a pattern that matches() can use: {why}");
}
