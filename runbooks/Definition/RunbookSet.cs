using System.Text;

namespace Runbooks.Definition;

/// <summary>A runbook with all that its steps call, pinned together: what a run goes by to its end.</summary>
public sealed record RunbookSet
{
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

    /// <param name="known">Runbooks by name.</param>
    /// <param name="broken">Of a name that is not known: why, if its file is there; null: it is nowhere.</param>
    /// <returns>No set where something that it calls is missing; problems also where it is called with what it does not take.</returns>
    public static (RunbookSet? Set, IReadOnlyList<DefinitionProblem> Problems) Gather(
        RunbookDefinition root,
        IReadOnlyDictionary<string, RunbookDefinition> known,
        Func<string, string?>? broken = null
    )
    {
        var calls = new CallCheck(known, broken ?? (_ => null));
        var problems = new List<DefinitionProblem>();
        var whole = true;
        foreach (var step in root.ById.Values)
        {
            if (step.Runbook is not { } call)
                continue;
            var missing = calls.Missing(call.Name, [root.Name]);
            whole &= missing is null;
            var wrong = missing is null ? CallCheck.Given(call, known[call.Name]) : [missing];
            problems.AddRange(wrong.Select(message => new DefinitionProblem(step.Line, step.Column, message)));
        }

        return (whole ? new RunbookSet(root, calls.Called) : null, problems);
    }

    /// <summary>A runbook that calls no other.</summary>
    public static RunbookSet Of(RunbookDefinition root) => new(root, new Dictionary<string, RunbookDefinition>());
}
