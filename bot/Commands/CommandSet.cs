using Bot.Parts;

namespace Bot.Commands;

/// <summary>The commands that were found, by word and alias.</summary>
internal sealed class CommandSet
{
    private readonly IReadOnlyDictionary<string, IChatCommand> byWord;

    /// <exception cref="InvalidOperationException">Two commands share a word.</exception>
    public CommandSet(IEnumerable<IChatCommand> commands)
    {
        byWord = PartCatalog.ByName(commands, command => [command.Word, .. command.Aliases]);
        All = [.. byWord.Values.Distinct().OrderBy(command => command.Word, StringComparer.Ordinal)];
    }

    public IReadOnlyList<IChatCommand> All { get; }

    public IChatCommand? Find(string word) => byWord.GetValueOrDefault(word);

    /// <summary>The known word that was probably meant; null when none is near.</summary>
    public string? Nearest(string word)
    {
        var (known, distance) = byWord
            .Keys.Select(known => (known, Distance: Distance(word.ToLowerInvariant(), known)))
            .MinBy(candidate => candidate.Distance);
        return distance <= Math.Max(1, word.Length / 3) || (word.Length > 2 && known.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            ? known
            : null;
    }

    // Levenshtein, one row at a time.
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (from[i - 1] == to[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
