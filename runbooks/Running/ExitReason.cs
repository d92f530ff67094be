using Runbooks.Secrets;

namespace Runbooks.Running;

/// <summary>Why a command failed, in a line: its exit code, and the last that it said about it.</summary>
public static class ExitReason
{
    private const int Longest = 200;

    /// <summary>How much of the end of the errors is looked at, in characters or bytes.</summary>
    /// <param name="mask">What is left of a secret that begins before it must be told from the rest.</param>
    public static int Look(SecretMask mask) => 4 * 1024 + mask.Reach;

    /// <param name="errors">The end of what it wrote to its standard error, in clear.</param>
    /// <param name="isAll">There was nothing before.</param>
    public static string Of(int code, string errors, bool isAll, SecretMask mask) =>
        LastLine(PlainText.Of(errors), isAll, mask) is { } last ? $"exit code {code}: {last}" : $"exit code {code}";

    private static string? LastLine(string errors, bool isAll, SecretMask mask)
    {
        // Of a secret that began before there may be a rest which nobody knows again.
        if (!isAll && errors.TrimEnd().LastIndexOf('\n') < mask.Reach)
            return null;
        // Whoever wrote may have been ended in the middle of one, too.
        var shown = mask.ApplyToCut(errors).TrimEnd();
        var last = shown[(shown.LastIndexOf('\n') + 1)..].Replace('\t', ' ').Trim();
        if (last.Length == 0)
            return null;
        if (last.Length <= Longest)
            return last;
        return last[..(char.IsHighSurrogate(last[Longest - 1]) ? Longest - 1 : Longest)] + "…";
    }
}
