using System.Text;
using System.Text.Json;
using Runbooks.Expressions;

namespace Runbooks.Secrets;

/// <summary>
/// Takes secrets out of everything that leaves the engine: as they are, line by line, in base64 and hex, and escaped in any way
/// that <see cref="EscapeReadings"/> undoes. Linear in the text. Immutable; used from many threads.
/// What is masked and what cannot be: <c>docs/secrets.md</c>.
/// </summary>
public sealed class SecretMask
{
    public const string Stars = "***";

    /// <summary>A shorter secret would star innocent text everywhere and protect nothing: it is refused (ADR 0051).</summary>
    public const int Shortest = 4;

    /// <summary>A longer one is no secret but a document.</summary>
    public const int Longest = 64 * 1024;

    private readonly IReadOnlyList<string> secrets;
    private readonly SecretAutomaton? automaton;
    private readonly int longest;

    /// <param name="secrets">What is empty or too short is left out.</param>
    public SecretMask(IEnumerable<string> secrets)
    {
        this.secrets = [.. secrets];
        var forms = this.secrets.SelectMany(SecretForms.Of).Distinct().ToList();
        if (forms.Count == 0)
            return;
        automaton = new SecretAutomaton(forms);
        longest = forms.Max(form => form.Text.Length);
    }

    public static SecretMask None { get; } = new([]);

    /// <summary>How many characters a secret can take at most, however it is escaped.</summary>
    public int Reach => automaton is null ? 0 : Math.Min(longest * 16, 1024 * 1024);

    public bool IsEmpty => automaton is null;

    /// <summary>One that knows these, too.</summary>
    public SecretMask With(IEnumerable<string> more) => new(secrets.Concat(more));

    /// <returns>The same text if there is nothing to mask.</returns>
    public string Apply(string text)
    {
        if (automaton is null || text.AsSpan().IndexOfAny(automaton.Interesting) < 0)
            return text;
        var masked = new StringBuilder(text.Length);
        var stream = new MaskStream(automaton);
        stream.Write(text, masked);
        stream.Finish(masked);
        return masked.Length == text.Length && masked.Equals(text) ? text : masked.ToString();
    }

    /// <param name="masked">Where something was masked: JSON Pointers (RFC 6901).</param>
    public JsonElement Apply(JsonElement json, ICollection<string>? masked = null)
    {
        if (automaton is null)
            return json;
        var places = masked ?? [];
        var before = places.Count;
        var value = Apply(Values.From(json), "", places);
        return places.Count == before ? json : Values.ToJson(value);
    }

    /// <summary>How much of the beginning of a text can be shown, masked, without the beginning of a secret at its end.</summary>
    public int Whole(ReadOnlySpan<char> text)
    {
        if (automaton is null)
            return text.Length;
        const int Piece = 64 * 1024;
        var (stream, seen) = (new MaskStream(automaton), new StringBuilder());
        for (var rest = text; !rest.IsEmpty; rest = rest[Math.Min(Piece, rest.Length)..])
        {
            stream.Write(rest[..Math.Min(Piece, rest.Length)], seen);
            // Nobody wants it: of a long text it would be one more.
            seen.Clear();
        }

        return (int)stream.Whole;
    }

    /// <summary>
    /// Masks a text that may end in the middle of a secret: what one may begin with there is taken for one, but for so few characters that they tell
    /// nothing of it.
    /// </summary>
    public string ApplyToCut(string text)
    {
        if (automaton is null)
            return text;
        var (stream, masked) = (new MaskStream(automaton), new StringBuilder(text.Length));
        stream.Write(text, masked);
        stream.Break(masked);
        return masked.ToString();
    }

    /// <param name="from">What lies before this character is looked at and not given out.</param>
    public MaskStream Stream(long from = 0) => new(automaton ?? Nothing, from);

    private static SecretAutomaton Nothing { get; } = new([]);

    private object? Apply(object? value, string place, ICollection<string> masked)
    {
        switch (value)
        {
            case string text:
                return Noted(text, Apply(text), place, masked);
            case double or ExactNumber:
                var digits = Values.ToText(value);
                return ReferenceEquals(Apply(digits), digits) ? value : Noted(digits, Stars, place, masked);
            case ListValue list:
                return new ListValue([.. list.Items.Select((item, i) => Apply(item, $"{place}/{i}", masked))]);
            case MapValue map:
                return new MapValue([
                    .. map.Entries.Select(entry =>
                    {
                        var key = Apply(entry.Key);
                        var at = $"{place}/{key.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
                        if (!ReferenceEquals(key, entry.Key))
                            masked.Add(at);
                        return KeyValuePair.Create(key, Apply(entry.Value, at, masked));
                    }),
                ]);
            default:
                return value;
        }
    }

    private static string Noted(string before, string after, string place, ICollection<string> masked)
    {
        if (!ReferenceEquals(before, after))
            masked.Add(place);
        return after;
    }
}
