using System.Collections.Concurrent;
using Bot.Parts;

namespace Bot.Commands;

/// <summary>The commands that were found, by word and alias.</summary>
internal sealed class CommandSet
{
    private readonly IReadOnlyDictionary<string, IChatCommand> byWord;
    private readonly ConcurrentDictionary<IChatCommand, CommandOptions> options = new();

    /// <exception cref="InvalidOperationException">Two commands share a word.</exception>
    public CommandSet(IEnumerable<IChatCommand> commands)
    {
        byWord = PartCatalog.ByName(commands, command => [command.Word, .. command.Aliases]);
        All = [.. byWord.Values.Distinct().OrderBy(command => command.Word, StringComparer.Ordinal)];
    }

    public IReadOnlyList<IChatCommand> All { get; }

    /// <summary>What is an option in a line of this command.</summary>
    public CommandOptions OptionsOf(IChatCommand command) => options.GetOrAdd(command, CommandOptions.Of);

    public IChatCommand? Find(string word) => byWord.GetValueOrDefault(word);

    /// <summary>The known word that was probably meant; null when none is near.</summary>
    public string? Nearest(string word) => Spelling.Nearest(word, byWord.Keys);
}
