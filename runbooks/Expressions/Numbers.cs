using System.Buffers;
using System.Globalization;

namespace Runbooks.Expressions;

/// <summary>Text to number and back, as GitHub's own runner does it.</summary>
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
        // .NET reads "infinity" and "nan" in any case; the rules know only these two words.
        if (trimmed is "Infinity" or "+Infinity")
            return double.PositiveInfinity;
        if (trimmed is "-Infinity")
            return double.NegativeInfinity;
        if (trimmed.StartsWith("0x"))
            return Digits(trimmed[2..], 16);
        if (trimmed.StartsWith("0o"))
            return Digits(trimmed[2..], 8);
        return trimmed.IndexOfAnyExcept(Decimal) < 0 && double.TryParse(trimmed, Style, CultureInfo.InvariantCulture, out var number)
            ? number
            : double.NaN;
    }

    public static string Write(double number) => number == 0 ? "0" : number.ToString("G15", CultureInfo.InvariantCulture);

    // 32 bits, two's complement, as the runner parses them: 0xffffffff is -1.
    private static double Digits(ReadOnlySpan<char> digits, int radix)
    {
        if (digits.IsEmpty)
            return double.NaN;
        ulong value = 0;
        foreach (var letter in digits)
        {
            var digit = char.IsAsciiHexDigit(letter) ? Convert.ToInt32(letter.ToString(), 16) : int.MaxValue;
            if (digit >= radix)
                return double.NaN;
            value = (value * (uint)radix) + (uint)digit;
            if (value > uint.MaxValue)
                return double.NaN;
        }

        return unchecked((int)(uint)value);
    }
}
