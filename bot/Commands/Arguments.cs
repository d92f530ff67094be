using System.Collections.Frozen;
using System.Text;

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

    private Arguments(string text, IReadOnlyDictionary<string, string> options)
    {
        Text = text;
        this.options = options.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>All that is no option, with single blanks, as typed otherwise.</summary>
    public string Text { get; }

    /// <summary>All options that were given.</summary>
    public IEnumerable<KeyValuePair<string, string>> Options => options;

    public string? Option(string name) => options.GetValueOrDefault(name);

    public bool Flag(string name) => options.TryGetValue(name, out var value) && value is "" or "true";

    /// <summary>The first word of <see cref="Text"/> and the rest.</summary>
    public (string First, string Others) Split()
    {
        var blank = Text.IndexOf(' ', StringComparison.Ordinal);
        return blank < 0 ? (Text, "") : (Text[..blank], Text[(blank + 1)..].TrimStart());
    }

    /// <summary>
    /// Reads a typed line. An option's value is the next word, or the next quoted text; <c>--reason</c> takes all words up to the
    /// next option. A flag takes no word but <c>true</c> or <c>false</c>.
    /// </summary>
    public static Arguments Parse(string line, CommandOptions known)
    {
        var words = Words(line);
        var text = new StringBuilder();
        var named = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i].Word;
            if (IsOption(words[i], known))
            {
                var hasValue =
                    i + 1 < words.Count
                    && !IsOption(words[i + 1], known)
                    && (!known.IsFlag(word[2..]) || words[i + 1].Word is "true" or "false");
                var value = hasValue ? words[++i].Word : "";
                if (hasValue && !words[i].Quoted && word[2..].Equals(TakesASentence, StringComparison.OrdinalIgnoreCase))
                {
                    while (i + 1 < words.Count && !IsOption(words[i + 1], known))
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

    private static bool IsOption((string Word, bool Quoted) word, CommandOptions known) =>
        !word.Quoted && word.Word.StartsWith("--", StringComparison.Ordinal) && known.Has(word.Word[2..]);

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
