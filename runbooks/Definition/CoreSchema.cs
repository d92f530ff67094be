using System.Globalization;
using System.Text.RegularExpressions;
using Runbooks.Expressions;

namespace Runbooks.Definition;

/// <summary>The core schema of YAML 1.2 (section 10.3.2): what a plain scalar is.</summary>
internal static partial class CoreSchema
{
    public static object? Resolve(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "true" or "True" or "TRUE":
                return true;
            case "false" or "False" or "FALSE":
                return false;
            case ".nan" or ".NaN" or ".NAN":
                return double.NaN;
            case ".inf" or ".Inf" or ".INF" or "+.inf" or "+.Inf" or "+.INF":
                return double.PositiveInfinity;
            case "-.inf" or "-.Inf" or "-.INF":
                return double.NegativeInfinity;
        }

        if (Decimal().IsMatch(text))
            return ExactNumber.FromText(text, double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture));
        if (
            text.StartsWith("0x", StringComparison.Ordinal)
            && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex)
        )
            return (double)hex;
        if (Octal().IsMatch(text))
            return (double)Convert.ToInt64(text[2..], 8);
        return text;
    }

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^0o[0-7]{1,20}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Octal();
}
