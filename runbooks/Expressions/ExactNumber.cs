using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Runbooks.Expressions;

/// <summary>
/// A number out of JSON that a double would change: a whole one beyond 2^53, one of more digits, or one that is infinite or nothing to it. It keeps
/// its digits, wherever it is handed on (docs/adr/0083).
/// </summary>
/// <param name="Text">As JSON writes it.</param>
/// <param name="Near">The double that is nearest to it: how it compares with all others.</param>
public sealed record ExactNumber(string Text, double Near)
{
    // A double has every number of up to so many digits that is written without an exponent.
    private const int Always = 15;

    /// <summary>Up to here a double has every whole number.</summary>
    internal const long MostWhole = 1L << 53;

    /// <returns>A double, if one has it.</returns>
    internal static object From(JsonElement json)
    {
        var near = json.GetDouble();
        var written = JsonMarshal.GetRawUtf8Value(json);
        return written.Length <= Always && written.IndexOfAny((byte)'e', (byte)'E') < 0 ? near : Of(Encoding.UTF8.GetString(written), near);
    }

    /// <summary>What people write as a number: of a whole one no digit is lost.</summary>
    internal static object FromText(string text, double near) => IsWhole(text) ? Of(text, near) : near;

    /// <summary>Whether there is a double that is the same number.</summary>
    public static bool IsHeld(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out var near) && IsHeld(text, near);

    internal bool IsInteger => IsWhole(Text);

    internal ExpressionException Used() =>
        new(
            ExpressionStage.Evaluation,
            $"{ExpressionException.Short(Text)} has more digits than numbers are compared by, and what it is compared with is too near to tell whether it "
                + "is the same. Compare texts: format('{0}', x) == '…'."
        );

    private static object Of(string text, double near) => IsHeld(text, near) ? near : new ExactNumber(text, near);

    // A whole one must come out without an exponent, too, which a double does not do for larger ones.
    private static bool IsHeld(string text, double near) =>
        IsWhole(text)
            ? long.TryParse(text, CultureInfo.InvariantCulture, out var whole) && whole is >= -MostWhole and <= MostWhole
            : double.IsFinite(near) && Digits(text) == Digits(near.ToString("R", CultureInfo.InvariantCulture));

    private static bool IsWhole(string text)
    {
        var digits = text.AsSpan(text.StartsWith('-') ? 1 : 0);
        return digits is "0" or [>= '1' and <= '9', ..] && digits.IndexOfAnyExceptInRange('0', '9') < 0;
    }

    // Those that count. Where they are the same, so is the exponent.
    private static string Digits(string text)
    {
        var end = text.AsSpan().IndexOfAny('e', 'E');
        return text[..(end < 0 ? text.Length : end)].TrimStart('-').Replace(".", "", StringComparison.Ordinal).Trim('0');
    }
}
