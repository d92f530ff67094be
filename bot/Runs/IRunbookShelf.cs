using Runbooks.Definition;

namespace Bot.Runs;

/// <summary>The runbooks of this node, read from <c>Runbooks:Paths</c> and again when files change.</summary>
internal interface IRunbookShelf
{
    /// <summary>All files, in the order of their paths, the faulty ones with their problems.</summary>
    IReadOnlyList<ShelvedRunbook> All { get; }

    /// <summary>Those that begin with an alert.</summary>
    IReadOnlyList<RunbookDefinition> ByAlert { get; }

    RunbookDefinition? Find(string name);

    /// <summary>A runbook with all that it calls, as they are now.</summary>
    RunbookSet? FindSet(string name);
}

/// <param name="Definition">Null if the file has problems.</param>
internal sealed record ShelvedRunbook(string Path, RunbookDefinition? Definition, IReadOnlyList<DefinitionProblem> Problems);
