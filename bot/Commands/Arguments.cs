using System.Collections.Frozen;

namespace Bot.Commands;

/// <summary>
/// What was typed after a command's word: free text, and options <c>--name value</c> (quoted where the value has blanks). Only what
/// the command knows is an option; people write about <c>kubectl --force</c>, and none of their words is lost.
/// </summary>
internal sealed class Arguments
{
    // At three in the morning nobody quotes a sentence.
    public const string TakesASentence = "reason";

    private readonly FrozenDictionary<string, string> options;

    // Phones and editors make one of two hyphens.
    private static readonly string[] Dashes = ["--", "—", "–"];

    private readonly bool isQuoted;

    private Arguments(string raw, IReadOnlyDictionary<string, string> options)
    {
        (Text, isQuoted) = Unquoted(raw);
        this.options = options.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>All that is no option, as typed; without its quotes where all of it stands in them.</summary>
    public string Text { get; }

    /// <summary><see cref="Text"/> in one line, with single blanks.</summary>
    public string Line => string.Join(' ', Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>All options that were given.</summary>
    public IEnumerable<KeyValuePair<string, string>> Options => options;

    public string? Option(string name) => options.GetValueOrDefault(name);

    public bool Flag(string name) => options.TryGetValue(name, out var value) && value is "" or "true";

    /// <summary>The first word of <see cref="Text"/> and the rest, without its quotes where all of that stands in them.</summary>
    public (string First, string Others) Split()
    {
        var end = 0;
        while (end < Text.Length && !char.IsWhiteSpace(Text[end]))
            end++;
        var others = Text[end..].Trim();
        return (Text[..end], isQuoted ? others : Unquoted(others).Text);
    }

    /// <summary>
    /// Reads a typed line. An option's value is the next word, or the next quoted text, in which a quote is typed twice;
    /// <c>--reason</c> takes all words up to the next option. A flag takes no word but <c>true</c> or <c>false</c>.
    /// </summary>
    public static Arguments Parse(string line, CommandOptions known)
    {
        var words = Words(line);
        var texts = new List<string>();
        var named = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < words.Count; i++)
        {
            if (OptionIn(words[i], known) is not { } name)
            {
                var first = i;
                while (i + 1 < words.Count && OptionIn(words[i + 1], known) is null)
                    i++;
                texts.Add(line[words[first].Start..words[i].End]);
                continue;
            }

            var hasValue =
                i + 1 < words.Count
                && OptionIn(words[i + 1], known) is null
                && (!known.IsFlag(name) || words[i + 1].Text is "true" or "false");
            var value = hasValue ? words[++i].Text : "";
            if (hasValue && !words[i].Quoted && name.Equals(TakesASentence, StringComparison.OrdinalIgnoreCase))
            {
                var start = words[i].Start;
                while (i + 1 < words.Count && OptionIn(words[i + 1], known) is null)
                    i++;
                value = line[start..words[i].End];
            }

            // People write --at 20m ago.
            if (i + 1 < words.Count && words[i + 1] is { Text: "ago", Quoted: false })
                value += " " + words[++i].Text;
            named[name] = value;
        }

        return new Arguments(string.Join(' ', texts), named);
    }

    private static string? OptionIn(Word word, CommandOptions known) =>
        !word.Quoted
        && Array.Find(Dashes, dash => word.Text.StartsWith(dash, StringComparison.Ordinal)) is { } found
        && word.Text[found.Length..] is var name
        && known.Has(name)
            ? name
            : null;

    private static (string Text, bool Quoted) Unquoted(string raw) =>
        Words(raw) is [{ Quoted: true } only] ? (only.Text, true) : (raw, false);

    private static List<Word> Words(string line)
    {
        var words = new List<Word>();
        var i = 0;
        while (i < line.Length)
        {
            if (char.IsWhiteSpace(line[i]))
            {
                i++;
                continue;
            }

            // Only a quote at the start of a word quotes: people write "it's" and 5" disks.
            if (QuotedAt(line, i) is { } quoted)
            {
                words.Add(quoted);
                i = quoted.End;
                continue;
            }

            var start = i;
            while (i < line.Length && !char.IsWhiteSpace(line[i]))
                i++;
            words.Add(new Word(line[start..i], start, i, false));
        }

        return words;
    }

    // Quotes as phones and editors make them quote as well.
    private static Word? QuotedAt(string line, int start)
    {
        var ends =
            line[start] is '"' ? "\""
            : line[start] is '“' or '”' or '„' ? "”“"
            : null;
        for (var i = start + 1; ends is not null && i < line.Length; i++)
        {
            if (!ends.Contains(line[i], StringComparison.Ordinal))
                continue;
            if (line[i] is '"' && i + 1 < line.Length && line[i + 1] is '"')
                i++;
            else
                return new Word(line[(start + 1)..i].Replace("\"\"", "\"", StringComparison.Ordinal), start, i + 1, true);
        }

        return null;
    }

    private sealed record Word(string Text, int Start, int End, bool Quoted);
}
