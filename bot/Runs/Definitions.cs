using System.Collections.Concurrent;
using Bot.Storage;
using Runbooks.Actions;
using Runbooks.Definition;

namespace Bot.Runs;

/// <summary>Definitions by hash: each parsed once, kept for as long as runs may need it.</summary>
internal sealed class Definitions
{
    private readonly DefinitionTable table;
    private readonly RunbookReader reader;
    private readonly ConcurrentDictionary<string, RunbookDefinition> known = new(StringComparer.Ordinal);

    public Definitions(DefinitionTable table, IEnumerable<IStepAction> actions)
    {
        this.table = table;
        Actions = actions.ToDictionary(action => action.Name, StringComparer.Ordinal);
        reader = new RunbookReader(Actions);
    }

    public IReadOnlyDictionary<string, IStepAction> Actions { get; }

    public (RunbookDefinition? Definition, IReadOnlyList<DefinitionProblem> Problems) Read(string text) => reader.Read(text);

    /// <summary>Makes sure that a run started with it can always be carried on.</summary>
    public async Task KeepAsync(RunbookDefinition definition, CancellationToken cancel)
    {
        if (known.ContainsKey(definition.Hash))
            return;
        await table.PutAsync(definition.Hash, definition.Name, definition.Text, cancel);
        known[definition.Hash] = definition;
    }

    public async Task<RunbookDefinition?> FindAsync(string hash, CancellationToken cancel)
    {
        if (known.TryGetValue(hash, out var definition))
            return definition;
        if (await table.FindAsync(hash, cancel) is not { } text || reader.Read(text).Definition is not { } read)
            return null;
        return known[hash] = read;
    }
}
