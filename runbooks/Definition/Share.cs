using System.Globalization;

namespace Runbooks.Definition;

/// <summary>A number of targets, or a percentage of all of them.</summary>
public sealed record Share(int Number, bool IsPercent)
{
    /// <summary>A percentage is rounded down, and is at least one.</summary>
    public int Of(int targets) => IsPercent ? Math.Max(1, (int)((long)targets * Number / 100)) : Number;

    /// <summary>Reads <c>3</c> (from 1) or <c>10%</c> (1% to 100%); null for anything else.</summary>
    public static Share? Parse(string text)
    {
        var percent = text.EndsWith('%');
        return
            int.TryParse(percent ? text.AsSpan(0, text.Length - 1) : text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= 1
            && (!percent || number <= 100)
            ? new Share(number, percent)
            : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}{(IsPercent ? "%" : "")}");
}
