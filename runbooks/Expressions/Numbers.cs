using System.Buffers;
using System.Globalization;

namespace Runbooks.Expressions;

/// <summary>Text to number by JavaScript's rules, which GitHub follows, and back as GitHub's own runner does it, but for long whole numbers.</summary>
internal static class Numbers
{
    private static readonly SearchValues<char> Decimal = SearchValues.Create("0123456789+-.eE");

    private const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <returns>NaN for what is no number; 0 for blank text.</returns>
    public static double Parse(string text)
    {
        var trimmed = text.AsSpan().Trim();
        if (trimmed.IsEmpty)
            return 0;
        // .NET reads "infinity" and "nan" in any case; the rules know only these words.
        if (trimmed is "Infinity" or "+Infinity")
            return double.PositiveInfinity;
        if (trimmed is "-Infinity")
            return double.NegativeInfinity;
        if (trimmed.StartsWith("0x"))
            return Digits(trimmed[2..], 4);
        if (trimmed.StartsWith("0o"))
            return Digits(trimmed[2..], 3);
        return trimmed.IndexOfAnyExcept(Decimal) < 0 && double.TryParse(trimmed, Style, CultureInfo.InvariantCulture, out var number)
            ? number
            : double.NaN;
    }

    /// <summary>Of a whole number all digits, as far as a double has them: it names something, a moment or a row. Of others 15.</summary>
    public static string Write(double number) =>
        IsWhole(number) ? ((long)number).ToString(CultureInfo.InvariantCulture) : number.ToString("G15", CultureInfo.InvariantCulture);

    public static bool IsWhole(double number) => number == Math.Floor(number) && Math.Abs(number) <= ExactNumber.MostWhole;

    // The first 60 bits or more are kept; of the rest only whether there was any, which decides how a double is rounded.
    private static double Digits(ReadOnlySpan<char> digits, int bits)
    {
        if (digits.IsEmpty)
            return double.NaN;
        ulong kept = 0;
        var more = false;
        var left = 0;
        foreach (var letter in digits)
        {
            var digit = char.IsAsciiHexDigit(letter) ? Convert.ToUInt32(letter.ToString(), 16) : uint.MaxValue;
            if (digit >= 1u << bits)
                return double.NaN;
            if (kept >> (64 - bits) == 0)
            {
                kept = (kept << bits) | digit;
            }
            else
            {
                more |= digit != 0;
                left += bits;
            }
        }

        return Math.ScaleB((double)(more ? kept | 1 : kept), left);
    }
}
