using System.Collections.Concurrent;
using Bot.Storage;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Runs;

/// <summary>Definitions by hash: each parsed once, kept for as long as runs may need it.</summary>
internal sealed class Definitions
{
    private readonly DefinitionTable table;
    private readonly ConcurrentDictionary<string, RunbookDefinition> known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RunbookSet> alone = new(StringComparer.Ordinal);

    public Definitions(DefinitionTable table, IEnumerable<IStepAction> actions)
    {
        this.table = table;
        Actions = actions.ToDictionary(action => action.Name, StringComparer.Ordinal);
        Reader = new RunbookReader(Actions);
        Whole = new WholeCalls(Actions);
    }

    public IReadOnlyDictionary<string, IStepAction> Actions { get; }

    public RunbookReader Reader { get; }

    /// <summary>What the steps of runs do, whole.</summary>
    public WholeCalls Whole { get; }

    public (RunbookDefinition? Definition, IReadOnlyList<DefinitionProblem> Problems) Read(string text) => Reader.Read(text);

    /// <summary>Makes sure that a run started with them can always be carried on.</summary>
    public async Task KeepAsync(RunbookSet books, CancellationToken cancel)
    {
        foreach (var definition in books.Called.Values.Append(books.Root))
        {
            if (known.ContainsKey(definition.Hash))
                continue;
            await table.PutAsync(definition.Hash, definition.Name, definition.Text, cancel);
            known[definition.Hash] = definition;
        }
    }

    /// <summary>The runbook of a run and those it calls, as they were when it started.</summary>
    public async Task<RunbookSet?> FindAsync(RunState run, CancellationToken cancel)
    {
        if (run.Pinned is null && alone.TryGetValue(run.Hash, out var set))
            return set;
        if (await FindAsync(run.Hash, cancel) is not { } root)
            return null;
        if (run.Pinned is not { } pinned)
            return alone.GetOrAdd(run.Hash, RunbookSet.Of(root));
        var called = new Dictionary<string, RunbookDefinition>(StringComparer.Ordinal);
        foreach (var (name, hash) in pinned)
        {
            if (await FindAsync(hash, cancel) is not { } definition)
                return null;
            called[name] = definition;
        }

        return RunbookSet.Gather(root, called).Set;
    }

    private async Task<RunbookDefinition?> FindAsync(string hash, CancellationToken cancel)
    {
        if (known.TryGetValue(hash, out var definition))
            return definition;
        if (await table.FindAsync(hash, cancel) is not { } text || Reader.Read(text).Definition is not { } read)
            return null;
        return known[hash] = read;
    }
}
