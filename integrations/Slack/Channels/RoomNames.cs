using System.Globalization;
using System.Text;

namespace Integrations.Slack.Channels;

/// <summary>Names of channels within Slack's rules: lower case, letters, digits, hyphens and underscores, at most 80 characters.</summary>
internal static class RoomNames
{
    public const int Most = 80;

    // Each is a call, of which there are twenty a minute.
    private const int MostNumbered = 9;

    // By hand: without ICU, as in small containers, .NET takes no accents off.
    private const string Accented = "àáâãäåāçćčďèéêëēęěìíîïīłñńňòóôõöøōřśšťùúûüūůýÿźżž";
    private const string Plain = "aaaaaaacccdeeeeeeeiiiiilnnnooooooorsstuuuuuuyyzzz";

    /// <summary><c>inc-42 Checkout: "down"!</c> becomes <c>inc-42-checkout-down</c>.</summary>
    public static string Of(string wanted)
    {
        var name = new StringBuilder(wanted.Length);
        foreach (var letter in wanted.ToLowerInvariant())
        {
            var at = Accented.IndexOf(letter, StringComparison.Ordinal);
            if (at >= 0)
                name.Append(Plain[at]);
            else if (char.IsAsciiLetterOrDigit(letter) || letter is '_')
                name.Append(letter);
            else if (name.Length > 0 && name[^1] != '-')
                name.Append('-');
        }

        var text = name.ToString().Trim('-');
        return text.Length > Most ? text[..Most].TrimEnd('-') : text;
    }

    /// <param name="otherwise">Taken where no letter or digit of the wish is one that names can have.</param>
    public static string Of(string wanted, string otherwise) =>
        Of(wanted) is var name && name.Any(char.IsAsciiLetterOrDigit) ? name : Of(otherwise);

    /// <summary>What is tried, one after the other: with a number, and at last with the incident's own, which no other incident has.</summary>
    public static IEnumerable<string> Candidates(string first, string incident)
    {
        yield return first;
        for (var attempt = 2; attempt <= MostNumbered; attempt++)
            yield return Next(first, attempt);
        yield return With(first, "-" + incident);
    }

    /// <summary>The next one to try when a name is taken: <c>…-2</c>, still within the length.</summary>
    public static string Next(string name, int attempt) => With(name, string.Create(CultureInfo.InvariantCulture, $"-{attempt}"));

    private static string With(string name, string suffix) => name[..Math.Min(name.Length, Most - suffix.Length)].TrimEnd('-') + suffix;
}
