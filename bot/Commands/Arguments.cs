using System.Collections.Frozen;
using System.Text;

namespace Bot.Commands;

/// <summary>What was typed after a command's word: free text, and options <c>--name value</c> (quoted where the value has blanks).</summary>
internal sealed class Arguments
{
    // At three in the morning nobody quotes a sentence.
    private const string TakesASentence = "reason";

    private readonly FrozenDictionary<string, string> options;

    private Arguments(string text, IReadOnlyDictionary<string, string> options)
    {
        Text = text;
        this.options = options.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>All that is no option, with single blanks, as typed otherwise.</summary>
    public string Text { get; }

    public string? Option(string name) => options.GetValueOrDefault(name);

    public bool Flag(string name) => options.TryGetValue(name, out var value) && value is "" or "true";

    public IEnumerable<string> OptionNames => options.Keys;

    /// <summary>The first word of <see cref="Text"/> and the rest.</summary>
    public (string First, string Others) Split()
    {
        var blank = Text.IndexOf(' ', StringComparison.Ordinal);
        return blank < 0 ? (Text, "") : (Text[..blank], Text[(blank + 1)..].TrimStart());
    }

    /// <summary>Reads a typed line. An option's value is the next word, or the next quoted text; an option before another option or at the end is a flag.
    /// <c>--reason</c> takes all words up to the next option.</summary>
    public static Arguments Parse(string line)
    {
        var words = Words(line);
        var text = new StringBuilder();
        var named = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < words.Count; i++)
        {
            var (word, quoted) = words[i];
            if (!quoted && word.Length > 2 && word.StartsWith("--", StringComparison.Ordinal))
            {
                var hasValue =
                    i + 1 < words.Count && (words[i + 1].Quoted || !words[i + 1].Word.StartsWith("--", StringComparison.Ordinal));
                var value = hasValue ? words[++i].Word : "";
                if (hasValue && !words[i].Quoted && word[2..].Equals(TakesASentence, StringComparison.OrdinalIgnoreCase))
                {
                    while (i + 1 < words.Count && !words[i + 1].Word.StartsWith("--", StringComparison.Ordinal))
                        value += " " + words[++i].Word;
                }

                // People write --at 20m ago.
                if (i + 1 < words.Count && words[i + 1] is (Word: "ago", Quoted: false))
                    value += " " + words[++i].Word;
                named[word[2..]] = value;
                continue;
            }

            if (text.Length > 0)
                text.Append(' ');
            text.Append(word);
        }

        return new Arguments(text.ToString(), named);
    }

    private static List<(string Word, bool Quoted)> Words(string line)
    {
        var words = new List<(string, bool)>();
        var i = 0;
        while (i < line.Length)
        {
            if (char.IsWhiteSpace(line[i]))
            {
                i++;
                continue;
            }

            // Only a quote at the start of a word quotes: people write "it's" and 5" disks.
            if (line[i] is '"' && line.IndexOf('"', i + 1) is var end and > 0)
            {
                words.Add((line[(i + 1)..end], true));
                i = end + 1;
                continue;
            }

            var start = i;
            while (i < line.Length && !char.IsWhiteSpace(line[i]))
                i++;
            words.Add((line[start..i], false));
        }

        return words;
    }
}
