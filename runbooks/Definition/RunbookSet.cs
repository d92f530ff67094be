using System.Text;

namespace Runbooks.Definition;

/// <summary>A runbook with all that its steps call, pinned together: what a run goes by to its end.</summary>
public sealed record RunbookSet
{
    private const int Deepest = 10;

    private RunbookSet(RunbookDefinition root, IReadOnlyDictionary<string, RunbookDefinition> called)
    {
        Root = root;
        Called = called;
        Hash =
            called.Count == 0
                ? root.Hash
                : RunbookReader.HashOf(
                    called
                        .OrderBy(one => one.Key, StringComparer.Ordinal)
                        .Aggregate(new StringBuilder(root.Hash), (text, one) => text.Append('\n').Append(one.Value.Hash))
                        .ToString()
                );
        ReadsAlertState = root.ReadsAlertState || called.Values.Any(one => one.ReadsAlertState);
    }

    public RunbookDefinition Root { get; }

    /// <summary>By name.</summary>
    public IReadOnlyDictionary<string, RunbookDefinition> Called { get; }

    /// <summary>Over all of them.</summary>
    public string Hash { get; }

    public bool ReadsAlertState { get; }

    /// <summary>Hashes by name; null if it calls none.</summary>
    public IReadOnlyDictionary<string, string>? Pinned =>
        Called.Count == 0 ? null : Called.ToDictionary(one => one.Key, one => one.Value.Hash, StringComparer.Ordinal);

    /// <param name="find">A runbook by name, or null.</param>
    /// <returns>Null with the sentence that says what is missing.</returns>
    public static (RunbookSet? Set, string? Problem) Gather(RunbookDefinition root, Func<string, RunbookDefinition?> find)
    {
        var called = new Dictionary<string, RunbookDefinition>(StringComparer.Ordinal);
        var problem = Add(root, [root.Name]);
        return problem is null ? (new RunbookSet(root, called), null) : (null, problem);

        string? Add(RunbookDefinition caller, IReadOnlyList<string> chain)
        {
            foreach (var name in caller.Calls)
            {
                if (chain.Contains(name))
                    return $"Runbooks call each other in a circle: {string.Join(" → ", chain)} → {name}.";
                if (chain.Count >= Deepest)
                    return $"Runbooks call each other more than {Deepest} deep: {string.Join(" → ", chain)}.";
                if (find(name) is not { } callee)
                    return $"'{caller.Name}' calls the runbook '{name}', which is not there.";
                called[name] = callee;
                if (Add(callee, [.. chain, name]) is { } below)
                    return below;
            }

            return null;
        }
    }

    /// <summary>A runbook that calls no other.</summary>
    public static RunbookSet Of(RunbookDefinition root) => new(root, new Dictionary<string, RunbookDefinition>());
}
