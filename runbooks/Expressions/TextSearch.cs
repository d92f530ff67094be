using System.Text;

namespace Runbooks.Expressions;

/// <summary>
/// Where a text stands in another, in time linear in both. .NET's own search compares the whole part at every place that looks like it:
/// fine for a short part, quadratic for a long one, which then is found by Knuth, Morris and Pratt's table.
/// </summary>
internal static class TextSearch
{
    private const int Short = 64;

    public static bool ContainsIgnoringCase(string text, string part) =>
        part.Length <= Short ? text.Contains(part, StringComparison.OrdinalIgnoreCase) : Occurrences(Upper(text), Upper(part)).Any();

    /// <summary>Starts of the part in the text, none overlapping the one before; ordinal.</summary>
    public static IEnumerable<int> Occurrences(string text, string part) =>
        part.Length <= Short ? Searched(text, part) : Tabled(text, part);

    private static IEnumerable<int> Searched(string text, string part)
    {
        for (var at = Next(0); at >= 0; at = Next(at + part.Length))
            yield return at;

        int Next(int from) => text.IndexOf(part, from, StringComparison.Ordinal);
    }

    private static IEnumerable<int> Tabled(string text, string part)
    {
        var table = Table(part);
        var matched = 0;
        for (var i = 0; i < text.Length; i++)
        {
            while (matched > 0 && text[i] != part[matched])
                matched = table[matched - 1];
            if (text[i] == part[matched])
                matched++;
            if (matched < part.Length)
                continue;
            yield return i - part.Length + 1;
            matched = 0;
        }
    }

    // How much of the part's beginning is known to stand where a comparison broke off.
    private static int[] Table(string part)
    {
        var table = new int[part.Length];
        var known = 0;
        for (var i = 1; i < part.Length; i++)
        {
            while (known > 0 && part[i] != part[known])
                known = table[known - 1];
            if (part[i] == part[known])
                known++;
            table[i] = known;
        }

        return table;
    }

    // As OrdinalIgnoreCase sees it: one character for one, and neither dotless i nor long s has a capital.
    private static string Upper(string text)
    {
        var upper = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (Rune.TryGetRuneAt(text, i, out var rune) && rune.Utf16SequenceLength == 2)
            {
                upper.Append(Rune.ToUpperInvariant(rune).ToString());
                i++;
            }
            else
            {
                upper.Append(text[i] is 'ı' or 'ſ' ? text[i] : char.ToUpperInvariant(text[i]));
            }
        }

        return upper.ToString();
    }
}
